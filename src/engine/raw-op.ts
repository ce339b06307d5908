import * as tf from "@tensorflow/tfjs-core";

/** What a TensorFlow op takes besides tensors. */
export type RawAttribute = { readonly name: string; readonly type: number; readonly value: unknown };

/** What an op needs to know of a tensor. */
export type TensorInfo = Pick<tf.Tensor, "dataId" | "dtype" | "shape">;

/** The parts of tfjs-node's backend that dypose calls or watches; it does not declare them itself. */
export interface TensorflowBackend {
  /** TensorFlow's own numbers for kinds and types of attributes. */
  readonly binding: Readonly<Record<string, number>>;
  /** Every kernel runs its TensorFlow op by one of these two. */
  executeSingleOutput(
    op: string,
    attributes: readonly RawAttribute[],
    inputs: readonly TensorInfo[],
  ): tf.Tensor;
  executeMultipleOutputs(
    op: string,
    attributes: readonly RawAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array;
  write(values: unknown, shape: number[], dtype: tf.DataType): object;
  /** Loads a graph from a folder, and returns the id to run it by. */
  loadSavedModelMetaGraph(folder: string, tags: string): number;
  runSavedModel(
    id: number,
    inputs: readonly tf.Tensor[],
    names: readonly { name: string }[],
    outputs: readonly string[],
  ): tf.Tensor[];
  deleteSavedModel(id: number): void;
}

/** The backend in use, taken for tfjs-node's: only for engines that run TensorFlow. */
export const tensorflowBackend = (): TensorflowBackend => tf.backend() as unknown as TensorflowBackend;

function attribute(type: string, name: string, value: unknown): RawAttribute {
  return { name, type: tensorflowBackend().binding[type] as number, value };
}

export const intAttribute = (name: string, value: number | readonly number[]) =>
  attribute("TF_ATTR_INT", name, typeof value === "number" ? value : [...value]);
export const floatAttribute = (name: string, value: number) => attribute("TF_ATTR_FLOAT", name, value);
export const boolAttribute = (name: string, value: boolean) => attribute("TF_ATTR_BOOL", name, value);
export const shapeAttribute = (name: string, value: readonly number[]) =>
  attribute("TF_ATTR_SHAPE", name, [...value]);
export const stringAttribute = (name: string, value: string) => attribute("TF_ATTR_STRING", name, value);

/** The element type of float tensors (`T` of most ops). */
export const floatType = (name = "T") =>
  attribute("TF_ATTR_TYPE", name, tensorflowBackend().binding["TF_FLOAT"]);
export const intType = (name: string) =>
  attribute("TF_ATTR_TYPE", name, tensorflowBackend().binding["TF_INT32"]);

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
  return tensorflowBackend().executeMultipleOutputs(name, attributes, inputs, outputs);
}

/** A shape as the int32 tensor that gradient ops ask for. */
export const shapeTensor = (shape: readonly number[]) => tf.tensor1d([...shape], "int32");
