import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { closest } from "fastest-levenshtein";
import { packageRoot } from "../../datasets/files/package-root.ts";

/** Weights that come with the package. */
export interface ZooEntry {
  /** What the network answers: keypoints of a person, or where persons are. */
  readonly kind: "pose" | "detector";
  readonly bytes: number;
  /** Of the file's bytes, hexadecimal. */
  readonly sha256: string;
  /** Numbers in the file, batch normalisation's statistics included. */
  readonly parameters: number;
  /** [height, width] that it was trained at, pixels. */
  readonly inputSize: readonly [height: number, width: number];
  /** What was measured, and on what. */
  readonly averagePrecision: { readonly value: number; readonly of: string };
  /** SPDX, or in words where data sets have terms of their own. */
  readonly licence: string;
  /** Of a pose network. */
  readonly skeleton?: string;
}

/** What a command or `PosePredictor` takes when no weights are named. */
export const DEFAULT_WEIGHTS = "dy-mobilenetv2-1.0_bottleneck_256x192";

/** By name. A file has its entry's name, and its model card beside it; both lie in src/weights/zoo. */
export const ZOO = {
  [DEFAULT_WEIGHTS]: {
    kind: "pose",
    bytes: 27_743_898,
    sha256: "6ab23bff496249b92f561ff0a9d83206380f3989df0b602a15d3b60cb2ac34f4",
    parameters: 13_840_689,
    inputSize: [256, 192],
    averagePrecision: { value: 0.467, of: "keypoints in labelled boxes, 153 images of COCO val2017" },
    licence: "Apache-2.0; of its training data, Stanford 40 and LSPET are for research",
    skeleton: "coco",
  },
  "nanodet-g_416": {
    kind: "detector",
    bytes: 7_517_822,
    sha256: "29d8de499bdcfcceeea96bd62edae8be58094db7d6c2816e93a329af27f37056",
    parameters: 3_755_495,
    inputSize: [416, 416],
    averagePrecision: { value: 0.424, of: "boxes of persons, 77 images of COCO val2017" },
    licence: "Apache-2.0",
  },
} as const satisfies Record<string, ZooEntry>;

export type ZooName = keyof typeof ZOO;

/** Whether there are weights of that name in the package. */
export function isZooName(name: string): name is ZooName {
  return Object.hasOwn(ZOO, name);
}

/** Where the weights of a name lie, and their card; neither is looked at. */
export function zooFiles(name: ZooName): { readonly weights: string; readonly card: string } {
  const path = join(packageRoot(), "src", "weights", "zoo", name);
  return { weights: `${path}.safetensors`, card: `${path}.md` };
}

/**
 * The file with the weights of a name, checked to be what was packed.
 *
 * @throws {RangeError} If there are no such weights, naming the nearest.
 * @throws {Error} If the file is missing, or not the one that was packed.
 */
export async function findZooWeights(name: string): Promise<string> {
  if (!isZooName(name)) {
    throw new RangeError(
      `weights: expected a name of the zoo (${Object.keys(ZOO).join(", ")}), got ${JSON.stringify(name)}; did you mean ${closest(name, Object.keys(ZOO))}?`,
    );
  }
  const { weights } = zooFiles(name);
  const bytes = await readFile(weights).catch((cause) => {
    throw new Error(`${weights}: expected the weights ${name}, got ${cause.code ?? cause}`, { cause });
  });
  checkBytes(weights, bytes, ZOO[name]);
  return weights;
}

/** @throws {Error} Naming the path, if these are not the bytes that an entry was made of. */
export function checkBytes(path: string, bytes: Uint8Array, entry: Pick<ZooEntry, "bytes" | "sha256">): void {
  if (bytes.byteLength !== entry.bytes) {
    throw new Error(`${path}: expected ${entry.bytes} bytes, got ${bytes.byteLength}: not the file packed`);
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== entry.sha256) {
    throw new Error(`${path}: expected sha256 ${entry.sha256}, got ${sha256}: the file is corrupt`);
  }
}
