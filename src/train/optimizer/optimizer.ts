import * as tf from "@tensorflow/tfjs-core";
import { type FlatWeights, joinByWeight, splitByWeight } from "./flat-weights.ts";
import { tensorflowOptimizer } from "./tensorflow-optimizer.ts";
import { adamCorrections, decays, type Optimizer, SLOTS, type UpdateRule } from "./update-rule.ts";

/**
 * The fastest form of an update rule for the engine in use: TensorFlow's fused kernels, elsewhere {@link hostOptimizer}.
 * Both remember the same, so that a checkpoint of one engine goes on on another.
 */
export function createOptimizer(weights: FlatWeights, rule: UpdateRule): Optimizer {
  return tf.getBackend() === "tensorflow" ? tensorflowOptimizer(weights, rule) : hostOptimizer(weights, rule);
}

/**
 * Updates weights in plain loops over arrays: where the engine has no fused update, one loop is faster than a dozen
 * operations that each pass over the same numbers.
 */
export function hostOptimizer(weights: FlatWeights, rule: UpdateRule): Optimizer {
  const w = new Float32Array(weights.length);
  const slots = SLOTS[rule.optimizer.kind].map((name) => ({
    name,
    values: new Float32Array(weights.length),
  }));
  const takeWeights = () => {
    const vector = weights.gather();
    w.set(vector.dataSync());
    vector.dispose();
  };
  takeWeights();

  return {
    update(gradient, learningRate, step) {
      const g = Float32Array.from(gradient.dataSync());
      const { optimizer, weightDecay } = rule;
      for (const { begin, length } of weightDecay > 0 ? weights.slices.filter(decays) : []) {
        if (optimizer.kind === "adamw") shrink(w.subarray(begin, begin + length), learningRate * weightDecay);
        else addScaled(g.subarray(begin, begin + length), w.subarray(begin), weightDecay);
      }
      const [first, second] = slots.map(({ values }) => values) as [Float32Array, Float32Array];
      if (optimizer.kind === "sgd") momentumUpdate(w, g, first, learningRate, optimizer);
      else
        adamUpdate(w, g, first, second, { ...optimizer, ...adamCorrections(learningRate, step, optimizer) });
      weights.scatterHost(w);
    },
    async save() {
      return new Map(
        slots.flatMap(({ name, values }) => [...splitByWeight(values.slice(), weights.slices, `${name}/`)]),
      );
    },
    restore(saved) {
      for (const { name, values } of slots) values.set(joinByWeight(saved, weights.slices, `${name}/`));
      takeWeights();
    },
    dispose() {},
  };
}

function shrink(w: Float32Array, share: number): void {
  for (let i = 0; i < w.length; i++) w[i] = (w[i] as number) * (1 - share);
}

function addScaled(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + factor * (values[i] as number);
}

interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly epsilon: number;
}

function adamUpdate(
  w: Float32Array,
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  { beta1, beta2, rate, epsilon }: AdamStep,
): void {
  for (let i = 0; i < w.length; i++) {
    const gradient = g[i] as number;
    const mean = (m[i] as number) + (1 - beta1) * (gradient - (m[i] as number));
    const square = (v[i] as number) + (1 - beta2) * (gradient * gradient - (v[i] as number));
    m[i] = mean;
    v[i] = square;
    w[i] = (w[i] as number) - (rate * mean) / (Math.sqrt(square) + epsilon);
  }
}

/** Sutskever et al., ICML 2013: the velocity is a decayed sum of gradients; Nesterov looks one step ahead along it. */
function momentumUpdate(
  w: Float32Array,
  g: Float32Array,
  velocity: Float32Array,
  rate: number,
  { momentum, nesterov }: { momentum: number; nesterov: boolean },
): void {
  for (let i = 0; i < w.length; i++) {
    const gradient = g[i] as number;
    const speed = momentum * (velocity[i] as number) + gradient;
    velocity[i] = speed;
    w[i] = (w[i] as number) - rate * (nesterov ? gradient + momentum * speed : speed);
  }
}
