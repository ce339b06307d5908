import * as tf from "@tensorflow/tfjs-core";
// Under Node, core brings its gradients only with the layers package; without them `tf.grads` knows no operation.
import "@tensorflow/tfjs-layers";

export type Inputs<Name extends string = string> = Readonly<Record<Name, tf.Tensor>>;
/** What an operation computes: at least one tensor. */
type Outputs = readonly [tf.Tensor, ...tf.Tensor[]];
export type Attributes = Readonly<Record<string, number | readonly number[] | boolean | string>>;

/**
 * A differentiable operation of our own, beside TF.js's.
 *
 * TF.js keeps a kernel per backend and one gradient per kernel name; an Operation is exactly that, written down in one
 * place: what it computes on any backend (composed of TF.js operations), what it computes on TensorFlow (its own ops),
 * and its gradient, which is made of operations again and so never asks which backend it runs on.
 */
export interface Operation<Name extends string = string, A extends Attributes = Attributes> {
  readonly name: string;
  /** Runs on every backend. Intermediate tensors are tidied by `runOperation`. */
  readonly portable: (inputs: Inputs<Name>, attributes: A) => tf.Tensor[];
  /** The same on TensorFlow's own ops, where that is faster. */
  readonly tensorflow?: (inputs: Inputs<Name>, attributes: A) => tf.Tensor[];
  /** Names of the inputs the gradient reads. */
  readonly savedInputs: readonly Name[];
  /** Which outputs the gradient reads. */
  readonly savedOutputs?: readonly boolean[];
  /** Gradient of each input, from those of the outputs (`dy`) and what was saved. */
  readonly gradient: (dy: Outputs, saved: Saved<Name>, attributes: A) => Gradients<Name>;
}

interface Saved<Name extends string> {
  readonly inputs: Inputs<Name>;
  readonly outputs: readonly tf.Tensor[];
}

type Gradients<Name extends string> = { readonly [name in Name]?: () => tf.Tensor };

/** Backends whose kernels are TensorFlow's own. */
const TENSORFLOW_BACKEND = "tensorflow";

/**
 * Runs an operation on the current backend, recording it for the gradient. The caller owns (disposes) the outputs.
 * The kernel is registered with TF.js the first time it runs on a backend, so that importing costs and changes nothing.
 */
export function runOperation<Name extends string, A extends Attributes>(
  operation: Operation<Name, A>,
  inputs: Inputs<Name>,
  attributes: A,
): Outputs {
  register(operation);
  const outputs = tf
    .engine()
    .runKernel(operation.name, { ...inputs }, attributes as unknown as tf.NamedAttrMap);
  return (Array.isArray(outputs) ? outputs : [outputs]) as unknown as Outputs;
}

function register<Name extends string, A extends Attributes>(operation: Operation<Name, A>): void {
  const backendName = tf.getBackend();
  if (tf.getKernel(operation.name, backendName) !== undefined) return;
  const compute = (backendName === TENSORFLOW_BACKEND && operation.tensorflow) || operation.portable;
  tf.registerKernel({
    kernelName: operation.name,
    backendName,
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => compute(inputs as unknown as Inputs<Name>, attrs as unknown as A)),
  });
  if (tf.getGradient(operation.name) === undefined) tf.registerGradient(gradientConfig(operation));
}

function gradientConfig<Name extends string, A extends Attributes>(
  operation: Operation<Name, A>,
): tf.GradConfig {
  const { name, savedInputs, savedOutputs = [] } = operation;
  return {
    kernelName: name,
    inputsToSave: [...savedInputs],
    outputsToSave: [...savedOutputs],
    gradFunc: (dy, saved, attributes) => {
      const inputs = Object.fromEntries(savedInputs.map((input, i) => [input, saved[i]]));
      const outputs = saved.slice(savedInputs.length);
      const gradients = operation.gradient(
        Array.isArray(dy) ? (dy as unknown as Outputs) : [dy],
        { inputs: inputs as Inputs<Name>, outputs },
        attributes as unknown as A,
      );
      return gradients as ReturnType<tf.GradFunc>;
    },
  };
}
