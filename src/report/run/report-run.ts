import { existsSync } from "node:fs";
import { arch, availableParallelism, cpus, release, totalmem, type } from "node:os";
import { basename, join, resolve } from "node:path";
import { writeAtomic } from "../../../datasets/files/write-atomic.ts";
import { COCO_PROTOCOL } from "../../../eval/protocol.ts";
import { loadConfig } from "../../config/load-config.ts";
import type { Config, KeypointConfig } from "../../config/schema.ts";
import type { Engine } from "../../engine/engine.ts";
import { settingFacts } from "../../infer/inference-settings.ts";
import { summarizeModel } from "../../models/summarize-model.ts";
import { readMetrics } from "../../run/metrics-file.ts";
import type { AttentionRecord, RunRecord } from "../../run/run-records.ts";
import { isStep, summarizeRecords } from "../../run/summarize-run.ts";
import type { Training } from "../../train/training.ts";
import { loadWeights } from "../../weights/weights-file.ts";
import type { Fact } from "../kit/page.ts";
import type { PictureFolder } from "../kit/picture.ts";
import { explainScores, type ScoreReportInput } from "../score/score-report.ts";
import { runPage } from "./run-page.ts";
import type { Sample } from "./run-report.ts";

/**
 * Writes `report.html` into the folder of a finished run: from its records, and from what its best
 * weights find on the validation split, where the config asks for validation. The model has those weights afterwards.
 *
 * @param versions Of the programs the run was made with, by name.
 * @returns The file's path.
 * @throws {Error} If it cannot be written, or something it needs cannot be read. The run itself is not touched.
 */
export async function reportRun(
  training: Training,
  config: Config,
  folder: string,
  engine: Engine,
  versions: Readonly<Record<string, string>>,
): Promise<string> {
  const best = join(folder, "best.safetensors");
  const weights = existsSync(best) ? await loadWeights(training.model, best) : undefined;
  return await writeRunReport(folder, {
    facts: trainingFacts(training, config),
    machine: machineFacts(engine, versions),
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
    protocol: { ...COCO_PROTOCOL, skeleton: scored.skeleton },
    facts: [
      ["split", data.validationSplit],
      ...settingFacts({ ...scored.settings, checkpoint: weights }),
    ] as const,
  };
}

/** What was trained on what. */
function trainingFacts(
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

/** What a run's speed depends on apart from its config. */
function machineFacts(engine: Engine, versions: Readonly<Record<string, string>>): Fact[] {
  const [cpu] = cpus();
  return [
    ["processor", cpu?.model.trim() || "unknown"],
    ["cores", `${availableParallelism()} for this process, of ${cpus().length}`],
    ["memory", `${(totalmem() / 2 ** 30).toFixed(1)} GiB`],
    ["system", `${type()} ${release()}, ${arch()}`],
    ["engine", `${engine.name}, ${engine.threads} threads (${engine.reason})`],
    ...Object.entries(versions)
      .filter(([name]) => name !== "engine")
      .map(([name, version]): Fact => [name, version]),
  ];
}

export interface RunReportInput {
  /** What was trained on what. */
  readonly facts?: readonly Fact[];
  /** What it ran on. */
  readonly machine?: readonly Fact[];
  /** JPEG files of what the network finds. */
  readonly samples?: readonly Sample[];
  /** Of the validation split. */
  readonly evaluation?: (ScoreReportInput & { readonly pictures: PictureFolder }) | undefined;
}

/**
 * Writes the report of a training run, one self-contained HTML file: `report.html` in the run's folder, from the config
 * and the metrics there.
 *
 * @returns The file's path.
 * @throws {Error} If config or metrics cannot be read, or the file cannot be written.
 */
export async function writeRunReport(folder: string, input: RunReportInput = {}): Promise<string> {
  const { facts = [], machine = [], samples = [], evaluation } = input;
  const config = await loadConfig(join(folder, "config.yaml"));
  const records = await readMetrics(join(folder, "metrics.jsonl"));
  const html = await runPage({
    name: basename(resolve(folder)),
    config,
    numbers: summarizeRecords(records, config),
    steps: records.filter(isStep),
    validations: records.filter((record) => record.kind === "validation"),
    attention: records.filter(isMixing),
    facts,
    machine,
    samples,
    evaluation: evaluation && { report: explainScores(evaluation), pictures: evaluation.pictures },
  });
  const file = join(folder, "report.html");
  await writeAtomic(file, [html]);
  return file;
}

/** With a single kernel there is no attention to show. */
function isMixing(record: RunRecord): record is AttentionRecord {
  return record.kind === "attention" && record.layers.some(({ usage }) => usage.length > 1);
}
