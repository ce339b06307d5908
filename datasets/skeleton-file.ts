import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";
import { COCO_SKELETON } from "../eval/skeletons/coco.ts";
import { CROWDPOSE_SKELETON } from "../eval/skeletons/crowdpose.ts";
import type { Skeleton } from "../eval/skeletons/skeleton.ts";
import { parseRecord } from "./coco/parse-record.ts";

const keypointName = z.string().min(1);
const pair = z.tuple([keypointName, keypointName]);

const skeletonSchema = z
  .strictObject({
    name: z.string().min(1),
    /** In the order of the data. */
    keypoints: z.array(keypointName).min(1),
    /** Names that swap when the image is mirrored. */
    flipPairs: z.array(pair).default([]),
    /** Names that a limb connects. */
    edges: z.array(pair).default([]),
    /** Spread of human labelling a keypoint, relative to the square root of the person's area. */
    sigmas: z.array(z.number().positive()),
  })
  .superRefine(({ keypoints, flipPairs, edges, sigmas }, context) => {
    const problem = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path, message });
    const twice = keypoints.find((name, k) => keypoints.indexOf(name) < k);
    if (twice !== undefined) problem(["keypoints"], `expected each name once, got "${twice}" twice`);
    if (sigmas.length !== keypoints.length) {
      problem(["sigmas"], `expected ${keypoints.length} numbers, one a keypoint, got ${sigmas.length}`);
    }
    for (const [key, pairs] of Object.entries({ flipPairs, edges })) {
      for (const [i, names] of pairs.entries()) {
        const unknown = names.find((name) => !keypoints.includes(name));
        if (unknown !== undefined) problem([key, i], `expected names of keypoints, got "${unknown}"`);
        else if (names[0] === names[1]) problem([key, i], `expected two keypoints, got "${names[0]}" twice`);
      }
    }
    const flipped = flipPairs.flat();
    const again = flipped.find((name, i) => flipped.indexOf(name) < i);
    if (again !== undefined)
      problem(["flipPairs"], `expected each keypoint in one pair, got "${again}" in two`);
  });

/** Those that need no file. */
export const KNOWN_SKELETONS: readonly Skeleton[] = [COCO_SKELETON, CROWDPOSE_SKELETON];

/** A skeleton by its name, `coco` or `crowdpose`, or from a file as {@link readSkeleton} reads. */
export async function findSkeleton(nameOrFile: string): Promise<Skeleton> {
  return KNOWN_SKELETONS.find(({ name }) => name === nameOrFile) ?? (await readSkeleton(nameOrFile));
}

/**
 * Reads a skeleton from a YAML (or JSON) file: `name`, `keypoints`, `flipPairs`, `edges` and `sigmas`, keypoints by their
 * names.
 *
 * @throws {Error} If the file is missing or not YAML, or says something impossible; names file and field.
 */
export async function readSkeleton(file: string): Promise<Skeleton> {
  const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${file}: expected a skeleton file, got ${cause.code ?? cause}`, { cause });
  });
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    const [reason] = (cause as Error).message.split("\n");
    throw new Error(`${file}: expected YAML, got: ${reason}`, { cause });
  }
  const { flipPairs, edges, ...rest } = parseRecord(skeletonSchema, content, file);
  const indices = ([a, b]: [string, string]): [number, number] => [
    rest.keypoints.indexOf(a),
    rest.keypoints.indexOf(b),
  ];
  return { ...rest, flipPairs: flipPairs.map(indices), edges: edges.map(indices) };
}
