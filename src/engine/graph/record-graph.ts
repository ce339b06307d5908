import type * as tf from "@tensorflow/tfjs-core";
import { type RawAttribute, type TensorflowBackend, type TensorInfo, tensorflowBackend } from "../raw-op.ts";
import { type AttributeValue, DATA_TYPES, type GraphDataType, type GraphNode } from "./graph-def.ts";

/** A graph, and where its inputs and outputs are. */
export interface RecordedGraph {
  readonly nodes: readonly GraphNode[];
  /** Placeholders, in the order of the inputs. */
  readonly inputs: readonly string[];
  /** `node:index`, in the order of the outputs. */
  readonly outputs: readonly string[];
}

type Attributes = readonly RawAttribute[];

/**
 * Results that TensorFlow would fuse with the op that reads them, and that the graph keeps apart from it:
 * - a sum that is a term of another sum. The fused sum of three terms adds them in the order in which their memory
 *   becomes free: the last bits would differ from run to run;
 * - a convolution with a computed kernel, read by the addition of its bias. oneDNN's fused op is made for kernels that
 *   do not change: with it a dynamic MobileNetV2 takes 1.5 times as long for one image.
 */
type Fusable = "sum" | "convolution";

/** Ops, and the kind of input that TensorFlow would fuse with them. */
const FUSED_WITH: Readonly<Record<string, Fusable>> = {
  Add: "sum",
  AddV2: "sum",
  AddN: "sum",
  BiasAdd: "convolution",
};

/** Nodes and names while a function runs. */
class GraphRecorder {
  readonly nodes: GraphNode[] = [];
  private readonly backend: TensorflowBackend;
  private readonly names = new Map<object, string>();
  private readonly constants = new Set<object>();
  /** Nodes whose values are not computed: inputs and constants. */
  private readonly given = new Set<string>();
  private readonly fusable = new Map<string, Fusable>();

  constructor(backend: TensorflowBackend) {
    this.backend = backend;
  }

  placeholder({ dataId, dtype, shape }: TensorInfo): string {
    const name = `input${this.nodes.length}`;
    const attributes = { dtype: { type: typeNumber(dtype) }, shape: { shape } };
    this.nodes.push({ name, op: "Placeholder", inputs: [], attributes });
    this.given.add(name);
    this.names.set(dataId, name);
    return name;
  }

  op(
    op: string,
    attributes: Attributes,
    inputs: readonly TensorInfo[],
    outputs: readonly TensorInfo[],
  ): void {
    const names = inputs.map((input) => {
      const name = this.nameOf(input);
      return FUSED_WITH[op] !== undefined && FUSED_WITH[op] === this.fusable.get(name)
        ? this.keepApart(name, input)
        : name;
    });
    const name = `op${this.nodes.length}`;
    const described = Object.fromEntries(attributes.map((each) => [each.name, this.describe(each)]));
    // Eager execution takes this type from the inputs; a graph has to be told.
    const first = inputs[0];
    if (!described["T"] && op === "ExpandDims" && first) described["T"] = { type: typeNumber(first.dtype) };
    this.nodes.push({ name, op, inputs: names, attributes: described });
    for (const [i, { dataId }] of outputs.entries()) this.names.set(dataId, i === 0 ? name : `${name}:${i}`);
    const kind = this.fusableKind(op, names);
    if (kind) this.fusable.set(name, kind);
  }

  /** The kind of a node's result, where it must not be fused with the op that reads it. */
  private fusableKind(op: string, inputs: readonly string[]): Fusable | undefined {
    if (FUSED_WITH[op] === "sum") return "sum";
    return op === "Conv2D" && !this.given.has(inputs[1] as string) ? "convolution" : undefined;
  }

  /** @returns The name to read a node by: a placeholder that costs nothing and that no optimisation crosses. */
  private keepApart(node: string, { dtype, shape }: TensorInfo): string {
    const name = `apart${this.nodes.length}`;
    const attributes = { dtype: { type: typeNumber(dtype) }, shape: { shape } };
    this.nodes.push({ name, op: "PlaceholderWithDefault", inputs: [node], attributes });
    return name;
  }

  /** Notes that this tensor's numbers are part of the graph. */
  isConstant(dataId: object): void {
    this.constants.add(dataId);
  }

  nameOf(tensor: TensorInfo): string {
    return this.names.get(tensor.dataId) ?? this.constant(tensor);
  }

  private constant({ dataId, dtype, shape }: TensorInfo): string {
    if (!this.constants.has(dataId)) {
      throw new Error(
        `recordGraph: expected every tensor from outside to be an input, got another one [${shape}] (${dtype})`,
      );
    }
    const values = this.backend.readSync(dataId);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();
    const name = `constant${this.nodes.length}`;
    const type = typeNumber(dtype);
    const tensor = { dtype: dtype as GraphDataType, shape, bytes };
    this.nodes.push({ name, op: "Const", inputs: [], attributes: { dtype: { type }, value: { tensor } } });
    this.given.add(name);
    this.names.set(dataId, name);
    return name;
  }

  private describe({ name, type, value }: RawAttribute): AttributeValue {
    const { binding } = this.backend;
    if (type === binding["TF_ATTR_TYPE"]) return { type: value as number };
    if (type === binding["TF_ATTR_INT"]) return { int: value as number | number[] };
    if (type === binding["TF_ATTR_FLOAT"]) return { float: value as number };
    if (type === binding["TF_ATTR_BOOL"]) return { bool: value as boolean };
    if (type === binding["TF_ATTR_STRING"]) return { text: value as string };
    throw new Error(`recordGraph: expected a type, int, float, bool or string as ${name}, got kind ${type}`);
  }
}

function typeNumber(dtype: tf.DataType): number {
  const number = DATA_TYPES[dtype as GraphDataType];
  if (number === undefined) throw new TypeError(`recordGraph: expected float32, int32 or bool, got ${dtype}`);
  return number;
}

/**
 * Runs a function and writes down every TensorFlow op it runs, as a graph that computes the same from other inputs.
 *
 * @param compute Reads tensors of `inputs` and what it makes itself, nothing else. Called once, at once; what it
 *   returns belongs to the caller's tidy scope.
 * @param inputs Tensors (variables too) whose values may differ from run to run.
 * @param constants Tensors whose present values are part of the graph.
 * @throws {Error} If the function reads any other tensor: its value would be frozen into the graph.
 */
export function recordGraph(
  compute: () => readonly tf.Tensor[],
  inputs: readonly tf.Tensor[],
  constants: readonly tf.Tensor[] = [],
): RecordedGraph {
  const backend = tensorflowBackend();
  const recorder = new GraphRecorder(backend);
  const placeholders = inputs.map((input) => recorder.placeholder(input));
  for (const { dataId } of constants) recorder.isConstant(dataId);
  const restore = intercept(backend, recorder);
  try {
    const outputs = compute().map((output) => recorder.nameOf(output));
    return {
      nodes: recorder.nodes,
      inputs: placeholders.map((name) => `${name}:0`),
      outputs: outputs.map((name) => (name.includes(":") ? name : `${name}:0`)),
    };
  } finally {
    restore();
  }
}

/** Shows the recorder everything that the backend runs, until the function returned is called. */
function intercept(backend: TensorflowBackend, recorder: GraphRecorder): () => void {
  const { executeSingleOutput, executeMultipleOutputs, write } = backend;
  backend.executeSingleOutput = (op, attributes, inputs) => {
    const output = executeSingleOutput.call(backend, op, attributes, inputs);
    recorder.op(op, attributes, inputs, [output]);
    return output;
  };
  backend.executeMultipleOutputs = (op, attributes, inputs, count) => {
    const outputs = executeMultipleOutputs.call(backend, op, attributes, inputs, count);
    recorder.op(op, attributes, inputs, outputs);
    return outputs;
  };
  backend.write = (values, shape, dtype) => {
    const dataId = write.call(backend, values, shape, dtype);
    // The function made this tensor itself, of numbers.
    recorder.isConstant(dataId);
    return dataId;
  };
  return () => Object.assign(backend, { executeSingleOutput, executeMultipleOutputs, write });
}
