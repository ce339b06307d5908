import { COCO_SKELETON } from "../../eval/skeletons/coco.ts";
import { convertNanodet } from "../detect/import-nanodet.ts";
import { loadEngine } from "../engine/load-engine.ts";
import { buildModel } from "../models/build-model.ts";
import { INPUT_SIZES, taskOf } from "../models/model-name.ts";
import type { ModelSpec } from "../models/model-spec.ts";
import { importWeights } from "../weights/import/import-weights.ts";
import type { WeightsLibrary } from "../weights/import/namings.ts";
import { initialiseWeights } from "../weights/initialise-weights.ts";
import { saveWeights } from "../weights/weights-file.ts";

interface ImportFlags extends Omit<ClassifierFlags, "as" | "model"> {
  as: WeightsLibrary | "nanodet";
  model?: string;
}

interface ClassifierFlags {
  as: WeightsLibrary;
  model: string;
  out: string;
  input?: [height: number, width: number];
  keypoints: number;
  kernels: number;
  noise: number;
  seed: number;
}

export async function importFile(file: string, { as, model, ...flags }: ImportFlags): Promise<void> {
  if (as === "nanodet" ? model !== undefined : model === undefined) {
    throw new RangeError(
      `import --as ${as}: expected ${as === "nanodet" ? "no --model" : "--model NAME"}, got ${model ?? "none"}`,
    );
  }
  // Copying computes nothing: the plain engine is always there and starts at once.
  await loadEngine("cpu");
  if (as !== "nanodet") return importClassifier(file, { ...flags, as, model: model as string });
  const parameters = await convertNanodet(file, flags.out);
  console.log(`${flags.out}: person detector nanodet-g, ${parameters} weights of ${file} in half precision`);
}

async function importClassifier(file: string, flags: ClassifierFlags): Promise<void> {
  const task = taskOf(flags.model);
  const weights = await importWeights(file, flags.as, flags.model);
  const spec = {
    name: flags.model,
    inputSize: flags.input ?? INPUT_SIZES[task],
    kernels: flags.kernels,
    ...(task === "classification"
      ? { numClasses: weights.get("classes/bias")?.shape[0] as number }
      : { numKeypoints: flags.keypoints }),
  } satisfies ModelSpec;
  const model = buildModel({ ...spec, seed: flags.seed });
  const taken = new Set(initialiseWeights(model, weights, flags));
  await saveWeights(model, flags.out, infoOf(spec));
  const own = model.weights.map(({ originalName }) => originalName).filter((name) => !taken.has(name));
  model.dispose();
  const unused = [...weights.keys()].filter((name) => !taken.has(name));
  console.log(`${flags.out}: ${flags.model} with ${taken.size} weights of ${file}`);
  if (own.length > 0) console.log(`first weights from seed ${flags.seed}: ${layersOf(own)}`);
  if (unused.length > 0) console.log(`left out: ${layersOf(unused)}`);
}

/** The weights file's metadata. A keypoint head is untrained; its codec is the one that training uses by default. */
function infoOf(spec: ModelSpec) {
  const { name, inputSize, kernels, numClasses, numKeypoints } = spec;
  const model = { name, inputSize: [...inputSize] as [number, number], kernels };
  const progress = { temperature: 1, step: 0, epoch: 0, versions: { node: process.version } };
  if (numClasses !== undefined) return { model: { ...model, numClasses }, ...progress, accuracy: null };
  return {
    model: { ...model, numKeypoints: numKeypoints as number },
    codec: { kind: "gaussian" as const, sigma: 2 },
    skeleton: COCO_SKELETON,
    ...progress,
    averagePrecision: null,
  };
}

/** The parts of a network that the weights belong to; the attention of dynamic convolutions is a part of its own. */
function layersOf(weights: readonly string[]): string {
  const part = (name: string) => (name.includes("/attention_") ? "attention" : name.replace(/[_/].*$/, ""));
  return [...new Set(weights.map(part))].join(", ");
}
