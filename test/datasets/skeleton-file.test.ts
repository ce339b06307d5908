import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { isLowerBody } from "../../datasets/augment/augment-crop.ts";
import { readSkeleton } from "../../datasets/skeleton-file.ts";

const dir = mkdtempSync(join(tmpdir(), "dypose-skeleton-"));

afterAll(() => rmSync(dir, { recursive: true }));

function write(content: unknown): string {
  const file = join(dir, "skeleton.yaml");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const THREE = {
  name: "three",
  keypoints: ["head", "left_hand", "right_hand"],
  flipPairs: [["left_hand", "right_hand"]],
  edges: [["head", "left_hand"]],
  sigmas: [0.05, 0.1, 0.1],
};

test("names become indices", async () => {
  expect(await readSkeleton(write(THREE))).toEqual({ ...THREE, flipPairs: [[1, 2]], edges: [[0, 1]] });
});

test("pairs and edges may be left out", async () => {
  const { flipPairs, edges, ...rest } = THREE;
  expect(flipPairs.length + edges.length).toBe(2);
  expect(await readSkeleton(write(rest))).toEqual({ ...rest, flipPairs: [], edges: [] });
});

test.each(["lsp", "crowdpose"])(
  "the %s skeleton has 14 keypoints, its limbs in six pairs, half of them low",
  async (name) => {
    const skeleton = await readSkeleton(`datasets/skeletons/${name}.yaml`);
    expect(skeleton.name).toBe(name);
    expect([skeleton.keypoints.length, skeleton.sigmas.length, skeleton.flipPairs.length]).toEqual([
      14, 14, 6,
    ]);
    for (const [left, right] of skeleton.flipPairs) {
      const opposite = skeleton.keypoints[left]?.replace(/^left|^right/, (side) =>
        side === "left" ? "right" : "left",
      );
      expect(skeleton.keypoints[right]).toBe(opposite);
      expect(skeleton.sigmas[left]).toBe(skeleton.sigmas[right]);
    }
    expect(isLowerBody(skeleton).filter(Boolean).length).toBe(6);
  },
);

test.each([
  [{ ...THREE, sigmas: [0.1] }, /skeleton.yaml.sigmas: expected 3 numbers, one a keypoint, got 1/],
  [{ ...THREE, sigmas: [0.1, 0.1, 0] }, /skeleton.yaml.sigmas\[2\]: .*>0/],
  [
    { ...THREE, keypoints: ["head", "left_hand", "head"] },
    /keypoints: expected each name once, got "head" twice/,
  ],
  [{ ...THREE, edges: [["head", "foot"]] }, /edges\[0\]: expected names of keypoints, got "foot"/],
  [{ ...THREE, edges: [["head", "head"]] }, /edges\[0\]: expected two keypoints, got "head" twice/],
  [
    {
      ...THREE,
      flipPairs: [
        ["left_hand", "right_hand"],
        ["head", "left_hand"],
      ],
    },
    /flipPairs: expected each keypoint in one pair, got "left_hand" in two/,
  ],
  [{ ...THREE, limbs: [] }, /skeleton.yaml: .*limbs/],
  ["keypoints: [", /skeleton.yaml: expected YAML, got: /],
  ["", /skeleton.yaml: .*expected object/],
])("a file that makes no sense is an error with its field: %j", async (content, message) => {
  const failure = await readSkeleton(write(content)).catch((error: Error) => error);
  expect((failure as Error).message).toMatch(message);
  expect((failure as Error).message).not.toContain("\n");
});

test("a missing file is an error with its path", async () => {
  await expect(readSkeleton(join(dir, "none.yaml"))).rejects.toThrow(
    /none.yaml: expected a skeleton file, got ENOENT/,
  );
});
