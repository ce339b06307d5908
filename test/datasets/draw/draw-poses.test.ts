import sharp from "sharp";
import { expect, test } from "vitest";
import { type DrawablePose, drawPoses, poseSvg } from "../../../datasets/draw/draw-poses.ts";
import type { Skeleton } from "../../../eval/skeletons/skeleton.ts";

const SKELETON: Skeleton = {
  name: "stick",
  keypoints: ["head", "left_hand", "right_hand"],
  flipPairs: [[1, 2]],
  edges: [
    [0, 1],
    [0, 2],
    [1, 2],
  ],
  sigmas: [0.1, 0.1, 0.1],
};
const POSE: DrawablePose = {
  keypoints: [
    { x: 50, y: 20, score: 0.9 },
    { x: 80, y: 60, score: 0.9 },
    { x: 20, y: 60, score: 0.1 },
  ],
};
const GREY = { width: 100, height: 80, data: new Uint8Array(100 * 80 * 3).fill(128) };

test("a keypoint below the least score is not drawn, nor the limbs that end in it", () => {
  const count = (svg: string, tag: string) => svg.split(`<${tag} `).length - 1;
  // one limb of three, drawn twice: outline and colour
  const some = poseSvg([POSE], SKELETON, [80, 100], 0.2);
  expect([count(some, "circle"), count(some, "line"), count(some, "rect")]).toEqual([2, 2, 0]);
  const all = poseSvg([POSE], SKELETON, [80, 100], 0);
  expect([count(all, "circle"), count(all, "line")]).toEqual([3, 6]);
});

test("the picture keeps its size and changes along the limbs alone", async () => {
  const drawn = sharp(await drawPoses(GREY, [POSE], SKELETON));
  const { data, info } = await drawn.raw().toBuffer({ resolveWithObject: true });
  expect([info.format, info.width, info.height, info.channels]).toEqual(["raw", 100, 80, 3]);
  const at = (x: number, y: number) => [...data.subarray((y * 100 + x) * 3, (y * 100 + x) * 3 + 3)];
  const distance = (x: number, y: number) => Math.max(...at(x, y).map((value) => Math.abs(value - 128)));
  // halfway from head to left hand; and where the right hand would be
  expect(distance(65, 40)).toBeGreaterThan(60);
  expect(distance(20, 60)).toBeLessThan(8);
});

test("nobody to draw leaves the picture as it is; someone far outside is no error", async () => {
  const { data } = await sharp(await drawPoses(GREY, [], SKELETON))
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (const value of data) expect(Math.abs(value - 128)).toBeLessThan(3);
  const outside = {
    ...POSE,
    keypoints: POSE.keypoints.map(({ x, y }) => ({ x: x + 1e5, y: y - 1e5, score: 1 })),
  };
  await drawPoses(GREY, [outside], SKELETON);
});

test("a box is drawn where a pose has one", async () => {
  const boxed = { ...POSE, box: { x: 5, y: 5, width: 90, height: 70 } };
  expect(poseSvg([boxed], SKELETON, [80, 100], 0.2)).toContain(
    '<rect x="5.0" y="5.0" width="90.0" height="70.0"',
  );
});

test("a score is written, a label in its place, and neither can break out of the picture's markup", () => {
  const boxed = { ...POSE, box: { x: 5, y: 5, width: 90, height: 70 } };
  expect(poseSvg([{ ...boxed, score: 0.876 }], SKELETON, [80, 100], 0.2)).toContain(">0.88</text>");
  const svg = poseSvg([{ ...boxed, score: 1, label: `<script>"&'\u0000` }], SKELETON, [80, 100], 0.2);
  expect(svg).toContain(">&lt;script&gt;&quot;&amp;&#39;</text>");
});

test("a hidden keypoint is hollow", () => {
  const [head, left, right] = POSE.keypoints;
  if (!head || !left || !right) throw new Error("a stick figure has three keypoints");
  const svg = poseSvg([{ keypoints: [head, { ...left, hidden: true }, right] }], SKELETON, [80, 100], 0.2);
  expect(svg.split('fill="none"').length - 1).toBe(1);
});

test("keypoints are drawn at the centre of their pixel", async () => {
  // One white dot on black at pixel (30, 20): what is lit is balanced around it.
  const dot = { keypoints: [{ x: 30, y: 20, score: 1 }] };
  const skeleton: Skeleton = { name: "dot", keypoints: ["dot"], flipPairs: [], edges: [], sigmas: [1] };
  const black = { width: 60, height: 40, data: new Uint8Array(60 * 40 * 3) };
  const { data } = await sharp(await drawPoses(black, [dot], skeleton, { format: "png" }))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  let [sum, sumX, sumY] = [0, 0, 0];
  for (let index = 0; index < 60 * 40; index++) {
    const light = data[3 * index] ?? 0;
    sum += light;
    sumX += light * (index % 60);
    sumY += light * Math.floor(index / 60);
  }
  expect(sumX / sum).toBeCloseTo(30, 1);
  expect(sumY / sum).toBeCloseTo(20, 1);
});
