import * as tf from "@tensorflow/tfjs-core";
import { boolAttribute, floatType, rawOp, shapeAttribute, stringAttribute } from "../../engine/raw-op.ts";
import { type FlatWeights, joinByWeight, splitByWeight } from "./flat-weights.ts";
import { adamCorrections, decays, type Optimizer, SLOTS, type UpdateRule } from "./update-rule.ts";

/**
 * Updates weights with TensorFlow's own fused kernels: the vector of all weights and what the rule remembers live in
 * resource variables, each read and written once an update.
 */
export function tensorflowOptimizer(weights: FlatWeights, rule: UpdateRule): Optimizer {
  const w = createVariable(weights.length);
  const slots = SLOTS[rule.optimizer.kind].map((name) => ({
    name,
    variable: createVariable(weights.length),
  }));
  const variables = [w, ...slots.map(({ variable }) => variable)];
  const decayed = rule.weightDecay > 0 ? decayMask(weights) : undefined;

  const takeWeights = () => tf.tidy(() => w.assign(weights.gather()));
  takeWeights();
  tf.tidy(() => {
    for (const { variable } of slots) variable.assign(tf.zeros([weights.length]));
  });

  return {
    update(gradient, learningRate, step) {
      tf.tidy(() => {
        const g = decayed ? decay(w, gradient, decayed, rule, learningRate) : gradient;
        const { optimizer } = rule;
        if (optimizer.kind === "sgd") {
          const inputs = [learningRate, g, optimizer.momentum];
          applyUpdate("ResourceApplyMomentum", variables, inputs, { use_nesterov: optimizer.nesterov });
        } else {
          const { rate, epsilon } = adamCorrections(learningRate, step, optimizer);
          // The op's own bias correction takes powers of the betas: 0 turns it off, `rate` has it already.
          const inputs = [0, 0, rate, optimizer.beta1, optimizer.beta2, epsilon, g];
          applyUpdate("ResourceApplyAdam", variables, inputs, { use_nesterov: false });
        }
        weights.scatter(w.read());
      });
    },
    async save() {
      const saved = slots.map(({ name, variable }) => {
        const values = variable.read();
        const host = splitByWeight(values.dataSync() as Float32Array, weights.slices, `${name}/`);
        values.dispose();
        return [...host];
      });
      return new Map(saved.flat());
    },
    restore(saved) {
      for (const { name, variable } of slots) {
        tf.tidy(() => variable.assign(tf.tensor1d(joinByWeight(saved, weights.slices, `${name}/`))));
      }
      takeWeights();
    },
    dispose() {
      for (const variable of variables) variable.dispose();
      decayed?.dispose();
    },
  };
}

/** AdamW shrinks the weights beside the update; elsewhere decay is part of the gradient. Returns the gradient to use. */
function decay(
  w: TensorflowVariable,
  gradient: tf.Tensor1D,
  mask: tf.Tensor1D,
  { optimizer, weightDecay }: UpdateRule,
  learningRate: number,
): tf.Tensor1D {
  // The weights' reader goes at once: the update then needs no copy of them.
  const decayedWeights = tf.tidy(() => tf.mul(w.read(), mask));
  if (optimizer.kind !== "adamw") return tf.add(gradient, tf.mul(decayedWeights, weightDecay));
  applyUpdate("ResourceApplyGradientDescent", [w], [learningRate * weightDecay, decayedWeights], {});
  return gradient;
}

/** 1 where a weight decays, 0 elsewhere. */
function decayMask(weights: FlatWeights): tf.Tensor1D {
  const mask = new Float32Array(weights.length);
  for (const { begin, length } of weights.slices.filter(decays)) mask.fill(1, begin, begin + length);
  return tf.tensor1d(mask);
}

/** A float vector inside TensorFlow that kernels update in place. */
interface TensorflowVariable {
  readonly handle: tf.Tensor;
  assign(value: tf.Tensor1D): void;
  /** The present value, without a copy until the next update. The caller disposes it, before that update if it can. */
  read(): tf.Tensor1D;
  dispose(): void;
}

let created = 0;

function createVariable(length: number): TensorflowVariable {
  const dtype = floatType("dtype");
  const attributes = [
    dtype,
    shapeAttribute("shape", [length]),
    stringAttribute("container", ""),
    stringAttribute("shared_name", `dypose-${++created}`),
  ];
  const handle = tf.keep(rawOp("VarHandleOp", attributes, [])[0] as tf.Tensor);
  return {
    handle,
    assign: (value) => void rawOp("AssignVariableOp", [dtype], [handle, value], 0),
    read: () => rawOp("ReadVariableOp", [dtype], [handle])[0] as tf.Tensor1D,
    dispose() {
      rawOp("DestroyResourceOp", [boolAttribute("ignore_lookup_error", true)], [handle], 0);
      handle.dispose();
    },
  };
}

/**
 * Runs one of TensorFlow's `ResourceApply…` kernels.
 *
 * @param inputs In the op's order; numbers become scalars.
 */
function applyUpdate(
  op: string,
  variables: readonly TensorflowVariable[],
  inputs: readonly (number | tf.Tensor)[],
  flags: Readonly<Record<string, boolean>>,
): void {
  const attributes = Object.entries({ use_locking: false, ...flags }).map(([name, on]) =>
    boolAttribute(name, on),
  );
  tf.tidy(() => {
    const tensors = inputs.map((input) => (typeof input === "number" ? tf.scalar(input) : input));
    const handles = variables.map(({ handle }) => handle);
    rawOp(op, [floatType(), ...attributes], [...handles, ...tensors], 0);
  });
}
