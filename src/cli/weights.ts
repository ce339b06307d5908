import { readFile, realpath, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { DEFAULT_PADDING } from "../../datasets/crop/crop-geometry.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { count, score } from "../report/kit/numbers.ts";
import { type HostTensor, writeSafetensors } from "../weights/safetensors.ts";
import { findWeights, readWeightsFile } from "../weights/weights-file.ts";
import { type ClassifierInfo, INFO_KEY, type WeightsInfo } from "../weights/weights-info.ts";
import { DEFAULT_WEIGHTS, ZOO, type ZooEntry, zooFiles } from "../weights/zoo.ts";
import { formatTable } from "./text-table.ts";

/** Prints what the package ships. */
export function listWeights(flags: { json?: boolean }): void {
  const entries = Object.entries(ZOO) as [keyof typeof ZOO, ZooEntry][];
  if (flags.json) {
    const rows = entries.map(([name, entry]) => ({
      name,
      default: name === DEFAULT_WEIGHTS,
      ...entry,
      ...zooFiles(name),
    }));
    console.log(JSON.stringify(rows, null, 2));
    return;
  }
  const rows = entries.map(([name, { kind, bytes, parameters, averagePrecision, licence }]) => [
    name === DEFAULT_WEIGHTS ? `${name} (default)` : name,
    kind,
    megabytes(bytes),
    count(parameters),
    `${score(averagePrecision.value)} (${averagePrecision.of})`,
    licence,
  ]);
  console.log(formatTable(["name", "kind", "size", "numbers", "AP", "licence"], rows, ["size", "numbers"]));
}

interface ExportFlags {
  out: string;
  half?: boolean;
  card?: boolean;
}

/**
 * Writes what a run learnt as one file to pass on: averaged weights if it keeps an average, nothing of the optimizer.
 *
 * @param weights As `--weights` takes them.
 */
export async function exportWeights(
  weights: string,
  { out, half = false, card }: ExportFlags,
): Promise<void> {
  if (extname(out) !== ".safetensors") {
    throw new Error(`--out: expected a name that ends in .safetensors, got ${out}`);
  }
  const source = await findWeights(weights);
  const [from, to] = await Promise.all(
    [source, out].map((path) => realpath(path).catch(() => resolve(path))),
  );
  if (from === to) throw new Error(`--out: expected another file than the weights to export, got ${out}`);
  const { tensors, info } = await readWeightsFile(source);
  if (half) requireHalf(source, tensors);
  await writeSafetensors(out, { tensors, metadata: { [INFO_KEY]: JSON.stringify(info) } }, { half });
  console.log(`${out}: ${info.model.name}, ${megabytes((await stat(out)).size)}`);
  if (card) await writeCard(`${out.slice(0, -extname(out).length)}.md`, weights, { tensors, info, half });
}

/** From here on half precision has only infinity. */
const TOO_LARGE = 65_520;

/** @throws {RangeError} If a number is too large for half precision, naming its tensor. */
function requireHalf(path: string, tensors: ReadonlyMap<string, HostTensor>): void {
  for (const [name, { data }] of tensors) {
    const large = (data as Float32Array).find((value) => Math.abs(value) >= TOO_LARGE);
    if (large === undefined) continue;
    throw new RangeError(`${path}: ${name}: expected numbers below ${TOO_LARGE} for --half, got ${large}`);
  }
}

interface Exported {
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly info: WeightsInfo | ClassifierInfo;
  readonly half: boolean;
}

/** A card that is there stays: somebody may have written in it. */
async function writeCard(path: string, weights: string, exported: Exported): Promise<void> {
  if (await stat(path).catch(() => undefined)) {
    console.log(`${path}: is there already and stays as it is`);
    return;
  }
  const config = await readFile(join(weights, "config.yaml"), "utf8").catch(() => undefined);
  await writeAtomic(path, [formatCard(exported, config)]);
  console.log(`${path}: its card; complete what it leaves to you, in brackets`);
}

/** A model card with what the weights know of themselves; what only their author can say is in brackets. */
function formatCard({ tensors, info, half }: Exported, config: string | undefined): string {
  const { name, inputSize } = info.model;
  const numbers = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const made = Object.entries(info.versions).map(([part, version]) => `${part} ${version}`);
  const sections = [
    `# ${name}`,
    `${answersOf(info)} Input ${inputSize.join(" × ")} pixels; ${count(numbers)} numbers in ${half ? "half" : "single"} precision.`,
    "## Where it comes from",
    `Trained by dypose, ${info.step} steps up to epoch ${info.epoch + 1}, with ${made.join(", ")}.`,
    [
      "- **Data:** (which images and labels, how many, under which terms)",
      "- **Start:** (the weights it began with, and their licence)",
      "- **Licence:** (of these weights)",
    ].join("\n"),
    ...(config === undefined ? [] : [`The run's config:\n\n\`\`\`yaml\n${config.trim()}\n\`\`\``]),
    "## What it reaches",
    `${scoreOf(info)} (on which data, in which boxes: \`dypose eval\` prints it)`,
    "## Limits",
    "(where it fails, and for whom that was not measured)",
  ];
  return `${sections.join("\n\n")}\n`;
}

function answersOf(info: WeightsInfo | ClassifierInfo): string {
  if (!isPose(info)) return `One of ${info.model.numClasses} classes for a picture.`;
  const { skeleton, codec, padding = DEFAULT_PADDING } = info;
  return `${skeleton.keypoints.length} keypoints (${skeleton.name}) of the person in a box padded by ${padding}; codec ${codec.kind}, sigma ${codec.sigma}.`;
}

function scoreOf(info: WeightsInfo | ClassifierInfo): string {
  const [name, value] = isPose(info)
    ? ["AP", info.averagePrecision]
    : ["Accuracy", (info as ClassifierInfo).accuracy];
  return value === null
    ? `${name} was not measured.`
    : `${name} ${score(value)} in the run's own validation.`;
}

const isPose = (info: WeightsInfo | ClassifierInfo): info is WeightsInfo => "skeleton" in info;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
