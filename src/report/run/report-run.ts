import { existsSync } from "node:fs";
import { join } from "node:path";
import { COCO_PROTOCOL } from "../../../eval/protocol.ts";
import type { Config, KeypointConfig } from "../../config/schema.ts";
import { settingFacts } from "../../infer/inference-settings.ts";
import { summarizeModel } from "../../models/summarize-model.ts";
import type { Training } from "../../train/training.ts";
import { loadWeights } from "../../weights/weights-file.ts";
import type { Fact } from "../score/score-report.ts";
import { writeRunReport } from "./write-run-report.ts";

/**
 * Writes `report.html` into the folder of a run that has come to its end: from its records, and from what its best
 * weights find on the validation split, where the config asks for validation. The model has those weights afterwards.
 *
 * @param machine What the run ran on.
 * @returns The file's path.
 * @throws {Error} If it cannot be written, or something it needs cannot be read. The run itself is not touched.
 */
export async function reportRun(
  training: Training,
  config: Config,
  folder: string,
  machine: readonly Fact[],
): Promise<string> {
  const best = join(folder, "best.safetensors");
  const weights = existsSync(best) ? await loadWeights(training.model, best) : undefined;
  return await writeRunReport(folder, {
    facts: factsOf(training, config),
    machine,
    samples: (await training.samplePictures?.()) ?? [],
    evaluation: config.task === "keypoints" ? await evaluationOf(training, config, weights?.step) : undefined,
  });
}

async function evaluationOf(training: Training, { data }: KeypointConfig, step: number | undefined) {
  const scored = await training.evaluate?.();
  if (!scored) return undefined;
  const weights = step === undefined ? "the last" : `best.safetensors, step ${step}`;
  return {
    ...scored,
    title: `${data.validationSplit}, ${step === undefined ? "last" : "best"} weights`,
    benchmark: { ...COCO_PROTOCOL, skeleton: scored.skeleton },
    protocol: [
      ["split", data.validationSplit],
      ...settingFacts({ ...scored.settings, checkpoint: weights }),
    ] as const,
  };
}

function factsOf(
  { model, samples, startedFrom, badImages, validate }: Training,
  { data, train, model: spec }: Config,
): Fact[] {
  const { params, madds } = summarizeModel(model);
  const [height, width] = spec.inputSize;
  const [millionParams, millionMadds] = [params, madds].map((count) => (count / 1e6).toFixed(2));
  return [
    ["network", `${millionParams} M parameters, ${millionMadds} M multiply-adds an image`],
    ["input", `${height}×${width} pixels`],
    ["trained on", `${samples.train} of ${data.trainSplit}`],
    ...optional("scored on", validate && `${samples.validation} of ${data.validationSplit}`),
    ...optional(
      "started from",
      train.initialWeights && `${train.initialWeights}, ${startedFrom.length} weights`,
    ),
    ...optional("left out", badImages.size > 0 && `${badImages.size} images that could not be read`),
    ["seed", String(train.seed)],
  ];
}

function optional(name: string, fact: string | false | undefined): Fact[] {
  return fact ? [[name, fact]] : [];
}
