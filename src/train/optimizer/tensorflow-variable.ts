import * as tf from "@tensorflow/tfjs-core";
import { boolAttribute, floatType, type RawAttribute, rawOp, stringAttribute } from "../../engine/raw-op.ts";

/** A float vector inside TensorFlow that kernels update in place. */
export interface TensorflowVariable {
  readonly handle: tf.Tensor;
  assign(value: tf.Tensor1D): void;
  /** The present value, without a copy until the next update. The caller disposes it, before that update if it can. */
  read(): tf.Tensor1D;
  dispose(): void;
}

let created = 0;

export function createVariable(length: number): TensorflowVariable {
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
export function applyUpdate(
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

function shapeAttribute(name: string, value: readonly number[]): RawAttribute {
  const { binding } = tf.backend() as unknown as { binding: Readonly<Record<string, number>> };
  return { name, type: binding["TF_ATTR_SHAPE"] as number, value: [...value] };
}
