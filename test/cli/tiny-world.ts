import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateDataset } from "../../datasets/synth/generate.ts";
import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { buildModel } from "../../src/models/build-model.ts";
import { saveWeights } from "../../src/weights/weights-file.ts";
import { testEngine } from "../engine.ts";

/** A temporary folder with a small data set and the weights of an untrained network: what commands need to run. */
export interface TinyWorld {
  readonly folder: string;
  /** Drawn people in COCO's layout: 3 pictures in train2017, 2 in val2017. */
  readonly data: string;
  /** A run's folder with `best.safetensors`. */
  readonly run: string;
  readonly weights: string;
  remove(): Promise<void>;
}

export const TINY_MODEL = "dy-mobilenetv2-0.35_bottleneck";

export async function tinyWorld(): Promise<TinyWorld> {
  await testEngine();
  const folder = await mkdtemp(join(tmpdir(), "dypose-cli-"));
  const [data, run] = [join(folder, "data"), join(folder, "run")];
  await generateDataset({
    out: data,
    images: 3,
    valImages: 2,
    seed: 1,
    difficulty: "easy",
    width: 160,
    height: 120,
  });
  return {
    folder,
    data,
    run,
    weights: await writeUntrained(run, TINY_MODEL),
    remove: () => rm(folder, { recursive: true }),
  };
}

/** Writes the weights of an untrained network as a run's best. */
export async function writeUntrained(run: string, name: string): Promise<string> {
  const spec = { name, inputSize: [64, 64] as [number, number], numKeypoints: 17 };
  const model = buildModel(spec);
  await mkdir(run, { recursive: true });
  const weights = join(run, "best.safetensors");
  await saveWeights(model, weights, {
    model: spec,
    codec: { kind: "gaussian", sigma: 2 },
    skeleton: COCO_SKELETON,
    temperature: 1,
    step: 12,
    epoch: 3,
    averagePrecision: null,
    versions: {},
  });
  model.dispose();
  return weights;
}
