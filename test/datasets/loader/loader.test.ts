import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLoader } from "../../../datasets/loader/loader.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

let dir = "";

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "dypose-loader-"));
  for (const [index, background] of ["red", "lime", "blue", "white", "black"].entries()) {
    await sharp({ create: { width: 80, height: 60, channels: 3, background } })
      .png()
      .toFile(join(dir, `${index}.png`));
  }
});

afterAll(() => rmSync(dir, { recursive: true }));

const samples = Array.from({ length: 5 }, (_, index) => ({
  imageId: 100 + index,
  annotationId: index + 1,
  fileName: `${index}.png`,
  box: [10, 10, 30, 40] as const,
  keypoints: Float64Array.from({ length: 51 }, (_, i) => (i % 3 === 2 ? 2 : 20 + (i % 7))),
}));
const options = {
  samples,
  skeleton: COCO_SKELETON,
  inputSize: [64, 48],
  heatmapSize: [16, 12],
  batchSize: 2,
} as const;

test("an epoch visits every sample once, in order, the last batch short", async () => {
  const loader = createLoader({ ...options, imageDir: dir });
  const seen: number[][] = [];
  for await (const batch of loader.epoch(0)) {
    seen.push([...batch.imageIds]);
    expect(batch.images.length).toBe(batch.size * 64 * 48 * 3);
    expect(batch.heatmaps.length).toBe(batch.size * 16 * 12 * 17);
    expect(batch.weights.every((weight) => weight === 1)).toBe(true);
  }
  expect(seen).toEqual([[100, 101], [102, 103], [104]]);
  await loader.close();
});
