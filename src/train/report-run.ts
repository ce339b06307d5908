import { existsSync } from "node:fs";
import { join } from "node:path";
import { COCO_PROTOCOL } from "../../eval/protocol.ts";
import type { Config } from "../config/schema.ts";
import { summarizeModel } from "../models/summarize-model.ts";
import type { Fact } from "../report/score-report.ts";
import { writeRunReport } from "../report/write-run-report.ts";
import { loadWeights } from "../weights/load-weights.ts";
import type { Training } from "./prepare-training.ts";

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
  const found = await training.evaluate?.();
  const evaluation = found && {
    ...found,
    title: `${config.data.validationSplit}, best weights`,
    benchmark: { ...COCO_PROTOCOL, skeleton: found.skeleton },
    protocol: protocolOf(config, weights?.step),
  };
  return await writeRunReport(folder, {
    facts: factsOf(training, config),
    machine,
    samples: (await training.samplePictures?.()) ?? [],
    evaluation,
  });
}

/** How the validation got its results, as far as the report does not say it elsewhere. */
function protocolOf({ data, validation, codec }: Config, step: number | undefined): Fact[] {
  return [
    ["split", data.validationSplit],
    ["boxes", "the labelled persons'"],
    ["flip test", validation.flipTest ? "on" : "off"],
    ["decoding", codec.kind],
    ["NMS", "none"],
    ["weights", step === undefined ? "the last" : `best.safetensors, step ${step}`],
  ];
}

function factsOf(
  { model, persons, startedFrom, source }: Training,
  { data, train, model: spec }: Config,
): Fact[] {
  const { params, madds } = summarizeModel(model);
  const [height, width] = spec.inputSize;
  const { size: unreadable } = source.badImages;
  return [
    [
      "network",
      `${(params / 1e6).toFixed(2)} M parameters, ${(madds / 1e6).toFixed(1)} M multiply-adds an image`,
    ],
    ["input", `${height}×${width} pixels`],
    ["trained on", `${persons.train.toLocaleString("en-US")} persons of ${data.trainSplit}`],
    ...optional(
      "scored on",
      persons.validation > 0 &&
        `${persons.validation.toLocaleString("en-US")} persons of ${data.validationSplit}`,
    ),
    ...optional(
      "started from",
      train.initialWeights && `${train.initialWeights}, ${startedFrom.length} weights`,
    ),
    ...optional("left out", unreadable > 0 && `${unreadable} images that could not be read`),
    ["seed", String(train.seed)],
  ];
}

function optional(name: string, fact: string | false | undefined): Fact[] {
  return fact ? [[name, fact]] : [];
}
