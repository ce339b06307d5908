import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { formatConfig } from "../config/load-config.ts";
import type { Config } from "../config/schema.ts";
import { setTemperature } from "../nn/temperature.ts";
import { saveWeights } from "../weights/save-weights.ts";
import type { WeightsInfo } from "../weights/weights-info.ts";
import { writeAtomic } from "../weights/write-atomic.ts";
import type { Batch, BatchSource } from "./batch.ts";
import { loadCheckpoint, type RunProgress, saveCheckpoint } from "./checkpoint.ts";
import { leakGuard } from "./leak-guard.ts";
import { heatmapLoss } from "./loss.ts";
import { metricsFile } from "./metrics-file.ts";
import { trainableWeights } from "./optimizer/flat-weights.ts";
import { createOptimizer } from "./optimizer/optimizer.ts";
import type { RunObserver, RunRecord, Scores } from "./run-records.ts";
import { learningRateSchedule, temperatureSchedule } from "./schedule.ts";
import { type StepResult, trainStep } from "./train-step.ts";
import { averageWeights } from "./weight-average.ts";

export interface TrainRun {
  readonly model: LayersModel;
  readonly source: BatchSource;
  readonly config: Config;
  /** Where the run's files go; made if need be. */
  readonly folder: string;
  /** What weights files say of themselves, the run's progress apart. */
  readonly info: Pick<WeightsInfo, "model" | "codec" | "skeleton" | "versions">;
  /** Scores the model as it is at the time. */
  readonly validate?: (() => Promise<Scores>) | undefined;
  /** Ends the run after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Goes on from the folder's last checkpoint, bit for bit as if it had never stopped. */
  readonly resume?: boolean;
  readonly observers?: readonly RunObserver[];
}

export interface RunResult {
  /** False if the signal ended it early. */
  readonly finished: boolean;
  readonly progress: RunProgress;
}

/** Trains a network from first to last step. The model stays the caller's, and has the last weights. */
export async function trainRun(run: TrainRun): Promise<RunResult> {
  const { model, source, config, folder, signal } = run;
  const { train, checkpoint } = config;
  const stepsPerEpoch = Math.ceil(source.stepsPerEpoch / train.accumulate);
  const learningRate = learningRateSchedule(train, stepsPerEpoch);
  const temperature = temperatureSchedule(train.temperature, stepsPerEpoch);

  const weights = trainableWeights(model);
  const optimizer = createOptimizer(weights, train);
  const average = train.ema === undefined ? undefined : averageWeights(model, train.ema);
  const learner = {
    model,
    weights,
    optimizer,
    average,
    loss: heatmapLoss(train.loss),
    clipNorm: train.clipNorm,
  };

  await mkdir(folder, { recursive: true });
  await writeAtomic(join(folder, "config.yaml"), [formatConfig(config)]);
  const observers = [...(run.observers ?? [])];
  const tell = async (message: string) => {
    for (const observer of observers) await observer.notice?.(message);
  };
  const restored = run.resume ? await loadCheckpoint(folder, learner, tell) : undefined;
  const progress: RunProgress = restored ?? { step: 0, epoch: 0, batch: 0, skipped: 0, best: null };
  observers.unshift(await metricsFile(join(folder, "metrics.jsonl"), progress.step));
  const record = async (entry: RunRecord) => {
    for (const observer of observers) await observer.record?.(entry);
  };
  const info = (): WeightsInfo => ({
    ...run.info,
    temperature: temperature(progress.step),
    step: progress.step,
    epoch: progress.epoch,
    averagePrecision: progress.best?.averagePrecision ?? null,
  });
  const save = async () => {
    await tell(`checkpoint ${await saveCheckpoint(folder, learner, progress, info(), checkpoint.keep)}`);
  };

  const trainEpoch = async () => {
    const batches = source.epoch(progress.epoch, progress.batch)[Symbol.asyncIterator]();
    const guard = leakGuard();
    try {
      while (progress.batch < source.stepsPerEpoch && !signal?.aborted) {
        const started = performance.now();
        const { step } = progress;
        setTemperature(model, temperature(step));
        const result = await trainStep(
          learner,
          take(batches, train.accumulate),
          learningRate(step),
          step - progress.skipped,
        );
        progress.step += 1;
        progress.batch = Math.min(progress.batch + train.accumulate, source.stepsPerEpoch);
        if (result.updated) average?.update(step - progress.skipped);
        else progress.skipped += 1;
        guard();
        const seconds = (performance.now() - started) / 1000;
        await record({
          kind: "step",
          step: progress.step,
          epoch: progress.epoch + progress.batch / source.stepsPerEpoch,
          loss: result.loss,
          learningRate: learningRate(step),
          temperature: temperature(step),
          gradientNorm: result.gradientNorm,
          skipped: !result.updated,
          imagesPerSecond: result.persons / seconds,
          waitShare: Math.min(1, result.waitedMs / 1000 / seconds),
        });
        if (!result.updated) await skipped(result);
        if (checkpoint.everySteps > 0 && progress.step % checkpoint.everySteps === 0) await save();
      }
    } finally {
      await batches.return?.();
    }
  };

  const skipped = async (result: StepResult) => {
    const what = `step ${progress.step}: loss ${result.loss}, gradient norm ${result.gradientNorm}`;
    await tell(`${what}: skipped (${progress.skipped} of at most ${train.maxSkippedSteps})`);
    if (progress.skipped <= train.maxSkippedSteps) return;
    const dump = join(folder, "not-finite.json");
    const { imageIds, annotationIds } = result;
    await writeAtomic(dump, [JSON.stringify({ step: progress.step, what, imageIds, annotationIds })]);
    throw new Error(`${what}: expected finite numbers; the batch's image ids are in ${dump}`);
  };

  const validate = async (scoreModel: () => Promise<Scores>) => {
    const started = performance.now();
    setTemperature(model, temperature(progress.step));
    const measure = async () => {
      const scores = await scoreModel();
      const isBest = scores.AP > (progress.best?.averagePrecision ?? Number.NEGATIVE_INFINITY);
      if (isBest) {
        progress.best = { averagePrecision: scores.AP, step: progress.step };
        await saveWeights(model, join(folder, "best.safetensors"), info());
      }
      return { scores, isBest };
    };
    const { scores, isBest } = await (average ? average.show(measure) : measure());
    const seconds = (performance.now() - started) / 1000;
    await record({
      kind: "validation",
      step: progress.step,
      epoch: progress.epoch + 1,
      scores,
      isBest,
      seconds,
    });
  };

  try {
    while (progress.epoch < train.epochs) {
      await trainEpoch();
      if (signal?.aborted) {
        await save();
        return { finished: false, progress };
      }
      const done = progress.epoch + 1;
      const isLast = done === train.epochs;
      if (run.validate && (isLast || isMultiple(done, config.validation.interval)))
        await validate(run.validate);
      progress.epoch = done;
      progress.batch = 0;
      if (isLast || isMultiple(done, checkpoint.interval)) await save();
    }
    return { finished: true, progress };
  } finally {
    for (const observer of observers) await observer.close?.();
    optimizer.dispose();
    average?.dispose();
  }
}

function isMultiple(value: number, of: number): boolean {
  return of > 0 && value % of === 0;
}

/** The next few of an iterator, which goes on being usable. */
async function* take(iterator: AsyncIterator<Batch>, count: number): AsyncGenerator<Batch> {
  for (let i = 0; i < count; i++) {
    const { value, done } = await iterator.next();
    if (done) return;
    yield value;
  }
}
