import { beforeAll, expect, test } from "vitest";
import type { Box } from "../../datasets/crop/crop-geometry.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import { detectPoses } from "../../src/infer/detect-poses.ts";
import { testEngine } from "../engine.ts";
import { paintedNetwork, tensorCount } from "./painted-network.ts";

beforeAll(async () => {
  await testEngine();
});

/** A black image with a square of pure red, one of green and one of blue, 9x9 pixels each around the points given. */
function dotted(width: number, height: number, dots: readonly (readonly [number, number])[]): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (const [channel, [x, y]] of dots.entries()) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) data[((y + dy) * width + x + dx) * 3 + (channel % 3)] = 255;
    }
  }
  return { width, height, data };
}

const DOTS = [
  [60, 30],
  [80, 70],
  [50, 100],
] as const;
/** The input's aspect (48x64), so that padding alone enlarges it: 1.25 · 96 / 48 = 2.5 image pixels a crop pixel. */
const BOX: Box = { x: 20, y: 10, width: 96, height: 128 };

test("each keypoint is found where it is in the image, to within half a heatmap cell", async () => {
  const [pose] = await detectPoses(paintedNetwork(), dotted(200, 150, DOTS), [BOX], { flipTest: false });
  expect(pose?.box).toEqual(BOX);
  expect(pose?.keypoints.map(({ name }) => name)).toEqual(["red", "green", "blue"]);
  for (const [k, [x, y]] of DOTS.entries()) {
    // a cell is 4 crop pixels, 10 image pixels
    expect(Math.abs((pose?.keypoints[k]?.x ?? Number.NaN) - x)).toBeLessThan(7.5);
    expect(Math.abs((pose?.keypoints[k]?.y ?? Number.NaN) - y)).toBeLessThan(7.5);
  }
});

test("poses come in the order of the boxes, and are the same one at a time or in batches", async () => {
  const network = paintedNetwork();
  const image = dotted(200, 150, DOTS);
  const boxes = [BOX, { ...BOX, x: 30 }, { ...BOX, y: 0 }, { x: 40, y: 20, width: 50, height: 90 }, BOX];
  const together = await detectPoses(network, image, boxes);
  expect(together.map(({ box }) => box)).toEqual(boxes);
  expect(await detectPoses(network, image, boxes, { batchSize: 2 })).toEqual(together);
  for (const [i, box] of boxes.entries())
    expect((await detectPoses(network, image, [box]))[0]).toEqual(together[i]);
});

test("without a box the whole image is one, and with an empty list there is nobody", async () => {
  const image = dotted(120, 160, DOTS);
  const [pose, ...others] = await detectPoses(paintedNetwork(), image);
  expect(pose?.box).toEqual({ x: 0, y: 0, width: 120, height: 160 });
  expect(others).toEqual([]);
  expect(await detectPoses(paintedNetwork(), image, [])).toEqual([]);
});

test("a box over the border is clipped to the image", async () => {
  const [pose] = await detectPoses(paintedNetwork(), dotted(120, 160, DOTS), [
    { x: -10, y: 20, width: 500, height: 50 },
  ]);
  expect(pose?.box).toEqual({ x: 0, y: 20, width: 120, height: 50 });
});

test.each([
  { x: 120, y: 0, width: 10, height: 10 },
  { x: 0, y: -20, width: 10, height: 20 },
  { x: 10, y: 10, width: 0, height: 10 },
  { x: Number.NaN, y: 10, width: 5, height: 10 },
])("a box that has no part in the image is an error with the image's size: %j", async (box) => {
  const poses = detectPoses(paintedNetwork(), dotted(120, 160, DOTS), [BOX, box]);
  await expect(poses).rejects.toThrow(
    /^box .*: expected x,y,width,height that overlap the image of 120x160 pixels$/,
  );
});

test("no tensor is left behind", async () => {
  const network = paintedNetwork();
  const image = dotted(120, 160, DOTS);
  await detectPoses(network, image);
  const before = tensorCount();
  await detectPoses(network, image, [BOX, BOX, BOX], { batchSize: 2 });
  expect(tensorCount()).toBe(before);
});
