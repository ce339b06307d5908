import * as tf from "@tensorflow/tfjs-core";

/** What a TensorFlow op takes besides tensors. */
export type RawAttribute = { readonly name: string; readonly type: number; readonly value: unknown };

/** The part of tfjs-node's backend that runs any TensorFlow op by name. */
interface TensorflowBackend {
  readonly binding: Record<string, number>;
  executeMultipleOutputs(
    name: string,
    attributes: readonly RawAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

const backend = (): TensorflowBackend => tf.backend() as unknown as TensorflowBackend;

function attribute(type: string, name: string, value: unknown): RawAttribute {
  return { name, type: backend().binding[type] as number, value };
}

export const intAttribute = (name: string, value: number | readonly number[]) =>
  attribute("TF_ATTR_INT", name, typeof value === "number" ? value : [...value]);
export const floatAttribute = (name: string, value: number) => attribute("TF_ATTR_FLOAT", name, value);
export const boolAttribute = (name: string, value: boolean) => attribute("TF_ATTR_BOOL", name, value);
export const stringAttribute = (name: string, value: string) => attribute("TF_ATTR_STRING", name, value);

/** The element type of float tensors (`T` of most ops). */
export const floatType = (name = "T") => attribute("TF_ATTR_TYPE", name, backend().binding["TF_FLOAT"]);
export const intType = (name: string) => attribute("TF_ATTR_TYPE", name, backend().binding["TF_INT32"]);

/**
 * Runs one TensorFlow op. Only for backend "tensorflow".
 *
 * @returns Its outputs, which belong to the current tidy scope.
 */
export function rawOp(
  name: string,
  attributes: readonly RawAttribute[],
  inputs: readonly tf.Tensor[],
  outputs = 1,
): tf.Tensor[] {
  return backend().executeMultipleOutputs(name, attributes, inputs, outputs);
}

/** A shape as the int32 tensor that gradient ops ask for. */
export const shapeTensor = (shape: readonly number[]) => tf.tensor1d([...shape], "int32");
