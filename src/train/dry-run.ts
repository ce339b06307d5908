import type { LayersModel } from "@tensorflow/tfjs-layers";
import { median } from "../../eval/median.ts";
import type { Config } from "../config/schema.ts";
import { summarizeModel } from "../models/summarize-model.ts";
import { setTemperature } from "../nn/attention.ts";
import type { Objective } from "./objective.ts";
import { createLearner, disposeLearner, trainStep } from "./train-step.ts";
import { type BatchSource, groupBatches } from "./training-batch.ts";

/** What a run would be, from a few steps of it. */
export interface DryRun {
  /** Without the batch. */
  readonly inputShape: readonly (number | null)[];
  readonly outputShape: readonly (number | null)[];
  readonly params: number;
  /** Multiply-adds for one image. */
  readonly madds: number;
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** Loss of each measured step: the first network on real data. */
  readonly losses: readonly number[];
  /** Median of the measured steps, the first left out: engines prepare themselves in it. */
  readonly secondsPerStep: number;
  /** Median share of a step spent waiting for data. */
  readonly waitShare: number;
  /** All steps at that speed; validation comes on top. */
  readonly seconds: number;
  /** Most memory the process had, bytes. */
  readonly peakMemory: number;
}

/** Takes a few steps of a run, measures them, and writes nothing. The model's weights change. */
export async function dryRun(
  { model, source, objective }: { model: LayersModel; source: BatchSource; objective: Objective },
  { train }: Config,
  measuredSteps = 6,
): Promise<DryRun> {
  const learner = createLearner(model, objective, train);
  setTemperature(model, train.temperature.start);
  const [seconds, waits, losses]: [number[], number[], number[]] = [[], [], []];
  try {
    for await (const batches of groupBatches(source, 0, 0, train.accumulate)) {
      const started = performance.now();
      const { loss, waitedMs } = await trainStep(learner, batches, train.learningRate, losses.length);
      seconds.push((performance.now() - started) / 1000);
      waits.push(waitedMs / 1000 / (seconds.at(-1) as number));
      losses.push(loss);
      if (losses.length > measuredSteps) break;
    }
  } finally {
    disposeLearner(learner);
  }
  const { params, madds } = summarizeModel(model);
  const stepsPerEpoch = Math.ceil(source.stepsPerEpoch / train.accumulate);
  const secondsPerStep = medianAfterFirst(seconds);
  return {
    inputShape: model.inputs[0]?.shape.slice(1) ?? [],
    outputShape: model.outputs[0]?.shape.slice(1) ?? [],
    params,
    madds,
    stepsPerEpoch,
    steps: stepsPerEpoch * train.epochs,
    losses,
    secondsPerStep,
    waitShare: medianAfterFirst(waits),
    seconds: secondsPerStep * stepsPerEpoch * train.epochs,
    peakMemory: process.resourceUsage().maxRSS * 1024,
  };
}

function medianAfterFirst(values: readonly number[]): number {
  return median(values.length > 1 ? values.slice(1) : values);
}
