import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import type { Config } from "../config/schema.ts";
import { setTemperature, temperatureOf } from "../nn/attention.ts";
import { startTrainingStep } from "../nn/network.ts";
import { metricsFile } from "../run/metrics-file.ts";
import { openRunFolder } from "../run/run-folder.ts";
import { allOf, type Journal, mainScore, type RunObserver } from "../run/run-records.ts";
import { eventFile } from "../run/tensorboard-file.ts";
import { saveWeights } from "../weights/weights-file.ts";
import type { ClassifierInfo, WeightsInfo } from "../weights/weights-info.ts";
import { loadCheckpoint, type RunProgress, saveCheckpoint } from "./checkpoint.ts";
import { learningRateSchedule, temperatureSchedule } from "./schedule.ts";
import { createLearner, disposeLearner, type Learner, type StepResult, trainStep } from "./train-step.ts";
import type { RunInfo, Training } from "./training.ts";
import { groupBatches } from "./training-batch.ts";

interface TrainRun
  extends Pick<Training, "model" | "source" | "objective" | "validate" | "samplePictures" | "attention"> {
  readonly config: Config;
  /** Where the run's files go; made if need be. */
  readonly folder: string;
  /** What weights files say of themselves, the run's progress apart. */
  readonly info: RunInfo;
  /** Ends the run after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Goes on from the folder's last checkpoint, bit for bit as if it had never stopped. */
  readonly resume?: boolean;
  readonly observers?: readonly RunObserver[];
}

interface RunResult {
  /** False if the signal ended it early. */
  readonly finished: boolean;
  readonly progress: RunProgress;
}

type Versions = WeightsInfo["versions"];

interface Session extends TrainRun {
  readonly learner: Learner;
  readonly progress: RunProgress;
  readonly journal: Journal;
}

/** Trains a network from first to last step. The model stays the caller's, and has the last weights. */
export async function trainRun(run: TrainRun): Promise<RunResult> {
  const session = await startSession(run);
  try {
    return { finished: await trainEpochs(session), progress: session.progress };
  } finally {
    await session.journal.close();
    disposeLearner(session.learner);
  }
}

/** @returns False if the signal ended it early. */
async function trainEpochs(session: Session): Promise<boolean> {
  const { model, source, learner, progress, journal, signal } = session;
  const { train, validation, checkpoint } = session.config;
  const stepsPerEpoch = Math.ceil(source.stepsPerEpoch / train.accumulate);
  const learningRate = learningRateSchedule(train, stepsPerEpoch);
  const temperature = temperatureSchedule(train.temperature, stepsPerEpoch);
  setTemperature(model, temperature(Math.max(0, progress.step - 1)));

  while (progress.epoch < train.epochs) {
    const guard = leakGuard();
    for await (const batches of groupBatches(source, progress.epoch, progress.batch, train.accumulate)) {
      const started = performance.now();
      const { step } = progress;
      startTrainingStep(model, step);
      setTemperature(model, temperature(step));
      const result = await trainStep(learner, batches, learningRate(step), step - progress.skipped);

      progress.step += 1;
      progress.batch += result.batches;
      const seconds = (performance.now() - started) / 1000;
      await journal.record({
        kind: "step",
        step: progress.step,
        epoch: progress.epoch + progress.batch / source.stepsPerEpoch,
        loss: result.loss,
        learningRate: learningRate(step),
        temperature: temperature(step),
        gradientNorm: result.gradientNorm,
        skipped: !result.updated,
        imagesPerSecond: result.samples / seconds,
        waitShare: Math.min(1, result.waitedMs / 1000 / seconds),
      });
      if (!result.updated) await countSkipped(session, result);
      guard();

      if (isMultiple(progress.step, checkpoint.everySteps) || signal?.aborted) await save(session);
      if (signal?.aborted) return false;
    }

    const epochs = progress.epoch + 1;
    const isLast = epochs === train.epochs;
    if (isLast || isMultiple(epochs, validation.interval)) await validate(session);
    progress.epoch = epochs;
    progress.batch = 0;
    if (isLast || isMultiple(epochs, checkpoint.interval)) await save(session);
  }
  return true;
}

async function startSession(run: TrainRun): Promise<Session> {
  const { model, config, folder, info, resume = false, observers = [] } = run;
  const learner = createLearner(model, run.objective, config.train);
  try {
    await openRunFolder(folder, config, resume);
    const found = resume ? await loadCheckpoint(folder, learner, allOf(observers).notice) : undefined;
    if (found) await noticeVersions(found.info.versions, info.versions, allOf(observers));
    const progress = found?.progress ?? { step: 0, epoch: 0, batch: 0, skipped: 0, best: null };
    const metrics = await metricsFile(join(folder, "metrics.jsonl"), progress.step);
    const events = await eventFile(folder, found?.progress.step);
    return { ...run, learner, progress, journal: allOf([metrics, events, ...observers]) };
  } catch (error) {
    disposeLearner(learner);
    throw error;
  }
}

/** Only the same versions promise the same bits. */
async function noticeVersions(before: Versions, now: Versions, { notice }: Journal): Promise<void> {
  const changed = Object.keys(now).filter((name) => before[name] !== now[name]);
  const list = changed.map((name) => `${name} ${before[name]}, now ${now[name]}`);
  if (list.length > 0) await notice(`resumed on other versions, so results may differ: ${list.join("; ")}`);
}

async function save(session: Session): Promise<void> {
  const { folder, learner, progress, config, journal } = session;
  const path = await saveCheckpoint(folder, learner, progress, infoOf(session), config.checkpoint.keep);
  await journal.notice(`saved ${path}`);
}

/** Scores the model, or the average of its weights where one is kept, and keeps those weights if they are the best yet. */
async function validate(session: Session): Promise<void> {
  const { learner, progress, journal, folder, model } = session;
  const { validate: measureScores, samplePictures, attention } = session;
  if (!measureScores) return;
  const started = performance.now();
  const measure = async () => {
    const scores = await measureScores();
    const [, score] = mainScore(scores);
    const isBest = score > (progress.best?.score ?? Number.NEGATIVE_INFINITY);
    if (isBest) {
      progress.best = { score, step: progress.step };
      await saveWeights(model, join(folder, "best.safetensors"), infoOf(session));
    }
    for (const [i, picture] of ((await samplePictures?.()) ?? []).entries()) {
      await journal.picture(`person ${i + 1}`, progress.step, picture);
    }
    return { scores, isBest, layers: (await attention?.()) ?? [] };
  };
  const { layers, ...result } = await (learner.average?.show(measure) ?? measure());
  const seconds = (performance.now() - started) / 1000;
  const at = { step: progress.step, epoch: progress.epoch + 1 };
  await journal.record({ kind: "validation", ...at, ...result, seconds });
  if (layers.length > 0) await journal.record({ kind: "attention", ...at, layers });
}

/** A step with a loss or gradient that is not finite may happen; many of them mean that the run is lost. */
async function countSkipped(
  { progress, journal, config, folder }: Session,
  result: StepResult,
): Promise<void> {
  progress.skipped += 1;
  const { loss, gradientNorm, imageIds, annotationIds } = result;
  const limit = config.train.maxSkippedSteps;
  const what = `step ${progress.step}: expected a finite loss and gradient, got ${loss} and ${gradientNorm}`;
  await journal.notice(`${what}; skipped, ${progress.skipped} of at most ${limit}`);
  if (progress.skipped <= limit) return;
  const dump = join(folder, "not-finite.json");
  await writeAtomic(dump, [JSON.stringify({ step: progress.step, what, imageIds, annotationIds })]);
  throw new DivergedError(`${what} for the ${progress.skipped}th time; the batch's image ids are in ${dump}`);
}

function infoOf({ info, model, progress }: Session): WeightsInfo | ClassifierInfo {
  const { step, epoch, best } = progress;
  const now = { temperature: temperatureOf(model) ?? 1, step, epoch };
  const score = best?.score ?? null;
  return "skeleton" in info
    ? { ...info, ...now, averagePrecision: score }
    : { ...info, ...now, accuracy: score };
}

function isMultiple(value: number, of: number): boolean {
  return of > 0 && value % of === 0;
}

/** Tensors beyond the first count that are one too many: one leaked a step is found after as many steps. */
const MARGIN = 100;

/**
 * Watches the number of tensors between steps: it has to stay where it was after the first one.
 *
 * @returns To be called after every step; throws once the count has grown by {@link MARGIN}.
 */
function leakGuard(): () => void {
  let first: number | undefined;
  let steps = 0;
  return () => {
    const { numTensors } = tf.memory();
    first ??= numTensors;
    steps++;
    if (numTensors <= first + MARGIN) return;
    throw new Error(
      `leak guard: expected ${first} tensors after each step, got ${numTensors} after ${steps} steps`,
    );
  };
}

/** Too many steps whose loss or gradient was not finite: the run is lost, its settings are at fault. */
export class DivergedError extends Error {
  override readonly name = "DivergedError";
}
