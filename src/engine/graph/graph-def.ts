import { bytesField, floatField, intField } from "../../protobuf/wire-format.ts";

/** Element types by their number in TensorFlow's `types.proto`. */
export const DATA_TYPES = { float32: 1, int32: 3, bool: 10 } as const;

export type GraphDataType = keyof typeof DATA_TYPES;

/** An attribute of a node. */
export type AttributeValue =
  | { readonly type: number }
  | { readonly int: number | readonly number[] }
  | { readonly float: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly shape: readonly number[] }
  | { readonly tensor: ConstantTensor };

interface ConstantTensor {
  readonly dtype: GraphDataType;
  readonly shape: readonly number[];
  /** Little-endian elements, row-major. */
  readonly bytes: Uint8Array;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Names of nodes, with `:i` behind for another output than the first. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** Graphs of this version or later keep every attribute's default; the number is TensorFlow 2.10's. */
const PRODUCER = 1205;

/** The tag under which TensorFlow finds the graph. */
export const SERVING_TAG = "serve";

/**
 * The bytes of a `saved_model.pb` that holds one graph and no variables.
 *
 * Source: TensorFlow's graph.proto, node_def.proto, attr_value.proto, meta_graph.proto and saved_model.proto.
 */
export function encodeSavedModel(nodes: readonly GraphNode[]): Buffer {
  const graph = [
    ...nodes.map((node) => bytesField(1, nodeFields(node))),
    bytesField(4, [intField(1, PRODUCER)]), // versions
  ];
  const metaGraph = [bytesField(1, [bytesField(4, SERVING_TAG)]), bytesField(2, graph)];
  return Buffer.concat([intField(1, 1), bytesField(2, metaGraph)]);
}

function nodeFields({ name, op, inputs, attributes }: GraphNode): Buffer[] {
  const entries = Object.entries(attributes).map(([key, value]) =>
    bytesField(5, [bytesField(1, key), bytesField(2, attributeFields(value))]),
  );
  return [bytesField(1, name), bytesField(2, op), ...inputs.map((input) => bytesField(3, input)), ...entries];
}

function attributeFields(value: AttributeValue): Buffer[] {
  if ("type" in value) return [intField(6, value.type)];
  if ("float" in value) return [floatField(4, value.float)];
  if ("bool" in value) return [intField(5, value.bool ? 1 : 0)];
  if ("text" in value) return [bytesField(2, value.text)];
  if ("shape" in value) return [bytesField(7, shapeFields(value.shape))];
  if ("tensor" in value) return [bytesField(8, tensorFields(value.tensor))];
  const { int } = value;
  if (typeof int === "number") return [intField(3, int)];
  const list = int.map((each) => intField(3, each));
  return [bytesField(1, list)];
}

const shapeFields = (shape: readonly number[]): Buffer[] =>
  shape.map((size) => bytesField(2, [intField(1, size)]));

const tensorFields = ({ dtype, shape, bytes }: ConstantTensor): Buffer[] => [
  intField(1, DATA_TYPES[dtype]),
  bytesField(2, shapeFields(shape)),
  bytesField(4, bytes),
];
