import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import type { GraphFunction } from "../engine/graph/graph-function.ts";
import { lossGradient } from "./loss-gradient.ts";
import type { Objective } from "./objective.ts";
import { type FlatWeights, trainableWeights } from "./optimizer/flat-weights.ts";
import { createOptimizer, type Optimizer } from "./optimizer/optimizer.ts";
import { averageWeights, type WeightAverage } from "./weight-average.ts";

/** A network with what changes its weights. */
export interface Learner {
  readonly model: LayersModel;
  /** The weights that train. */
  readonly weights: FlatWeights;
  readonly optimizer: Optimizer;
  readonly average?: WeightAverage | undefined;
  readonly objective: Objective;
  /** Loss and gradient of a batch; see {@link lossGradient}. */
  readonly gradient: GraphFunction;
  /** A longer gradient is shortened to this. */
  readonly clipNorm?: number | undefined;
}

/** What a config makes of a model. The caller disposes it with {@link disposeLearner}. */
export function createLearner(
  model: LayersModel,
  objective: Objective,
  train: Omit<Config["train"], "loss">,
): Learner {
  const weights = trainableWeights(model);
  return {
    model,
    weights,
    optimizer: createOptimizer(weights, train),
    average: train.ema === undefined ? undefined : averageWeights(model, train.ema),
    objective,
    gradient: lossGradient(model, weights, objective.loss),
    clipNorm: train.clipNorm,
  };
}

/** The model stays the caller's. */
export function disposeLearner({ optimizer, average, gradient }: Learner): void {
  gradient.dispose();
  optimizer.dispose();
  average?.dispose();
}
