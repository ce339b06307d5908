import sharp from "sharp";
import { expect, test } from "vitest";
import { sampleProportions } from "../../../datasets/synth/body.ts";
import { buildFigure } from "../../../datasets/synth/figure.ts";
import { labelScene } from "../../../datasets/synth/label.ts";
import { sampleOutfit } from "../../../datasets/synth/outfit.ts";
import { samplePose } from "../../../datasets/synth/pose-angles.ts";
import { randomStream } from "../../../datasets/synth/random-stream.ts";
import { sceneSvg } from "../../../datasets/synth/render.ts";
import { figureBounds, type Layer, type Scene, withoutPerson } from "../../../datasets/synth/scene.ts";
import type { Point } from "../../../datasets/synth/shape.ts";

const [WIDTH, HEIGHT] = [160, 200];

function person(seed: number, pelvis: Point): Layer & { kind: "person" } {
  const random = randomStream("label", seed);
  const character = {
    pose: samplePose("star", 10, random),
    lengths: sampleProportions(random),
    outfit: sampleOutfit(random),
    view: { yaw: random.uniform(-0.5, 0.5), pitch: 0.1, roll: 0, pixelsPerHeight: 130 },
  };
  return { kind: "person", figure: buildFigure(character, pelvis) };
}

const scene = (...layers: Layer[]): Scene => ({
  width: WIDTH,
  height: HEIGHT,
  background: "",
  layers,
  weather: { blur: 0, noise: 0, gain: [1, 1, 1], offset: 0 },
});

const curtain = (left: number): Layer => ({
  kind: "object",
  painted: [
    {
      shape: {
        kind: "hull",
        points: [
          [left, 0],
          [left + 500, 0],
          [left + 500, 500],
          [left, 500],
        ],
        radius: 0.5,
      },
      color: { hue: 0, saturation: 0, lightness: 50 },
    },
  ],
});

const visibility = (keypoints: readonly number[]) => keypoints.filter((_, index) => index % 3 === 2);

test("area and box are those of the pixels that are drawn", async () => {
  for (let seed = 0; seed < 5; seed++) {
    const alone = scene(person(seed, [80, 100]));
    const [label] = labelScene(alone);
    const { data } = await sharp(Buffer.from(sceneSvg(alone)))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    let [area, left, right, top, bottom] = [0, WIDTH, 0, HEIGHT, 0];
    for (let index = 0; index < WIDTH * HEIGHT; index++) {
      const alpha = data[4 * index + 3] ?? 0;
      area += alpha / 255;
      if (alpha < 128) continue;
      const [x, y] = [index % WIDTH, Math.floor(index / WIDTH)];
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
    }
    expect(Math.abs((label?.area ?? 0) / area - 1)).toBeLessThan(0.02);
    const [x = 0, y = 0, width = 0, height = 0] = label?.box ?? [];
    // Pixels at the rim are half covered: an edge may fall on either side of one.
    expect(Math.abs(x - left)).toBeLessThanOrEqual(1);
    expect(Math.abs(y - top)).toBeLessThanOrEqual(1);
    expect(Math.abs(x + width - (right + 1))).toBeLessThanOrEqual(1);
    expect(Math.abs(y + height - (bottom + 1))).toBeLessThanOrEqual(1);
  }
});

test("what an object hides stays labelled, as hidden, and leaves the box", () => {
  const [bare] = labelScene(scene(person(1, [80, 100])));
  const [hidden] = labelScene(scene(person(1, [80, 100]), curtain(80)));
  expect(hidden?.numKeypoints).toBe(bare?.numKeypoints);
  expect((hidden?.box[0] ?? 0) + (hidden?.box[2] ?? 0)).toBeLessThanOrEqual(80);
  expect(hidden?.area).toBeLessThan((bare?.area ?? 0) * 0.8);
  visibility(hidden?.keypoints ?? []).forEach((value, index) => {
    const x = hidden?.keypoints[3 * index] ?? 0;
    // The person's left side is on the right, behind the curtain.
    if (value > 0 && x > 81) expect(value).toBe(1);
    if (x < 78) expect(value).toBe(visibility(bare?.keypoints ?? [])[index]);
  });
});

test("what is outside the image is not labelled", () => {
  const [label] = labelScene(scene(person(2, [0, 100])));
  const seen = visibility(label?.keypoints ?? []);
  expect(seen).toContain(0);
  expect(label?.numKeypoints).toBe(seen.filter((value) => value > 0).length);
  expect(label?.box[0]).toBe(0);
  for (let index = 0; index < 17; index++) {
    const [x = 0, y = 0, value = 0] = label?.keypoints.slice(3 * index, 3 * index + 3) ?? [];
    if (value === 0) expect([x, y]).toEqual([0, 0]);
    expect(x).toBeGreaterThanOrEqual(0);
  }
});

test("a person in front hides one behind, and taking them away shows it again", () => {
  const [behind, front] = [person(3, [75, 100]), person(4, [85, 100])];
  const both = scene(behind, front);
  const [hidden, whole] = labelScene(both);
  const [alone] = labelScene(scene(behind));
  const [nearest] = labelScene(scene(front));
  expect(hidden?.area).toBeLessThan(alone?.area ?? 0);
  expect(whole).toEqual(nearest);
  expect(labelScene(withoutPerson(both, 1))).toEqual([alone]);
});

test("keypoints of a front view lie on the person and are seen", () => {
  const layer = person(5, [80, 100]);
  const [label] = labelScene(scene(layer));
  const bounds = figureBounds(layer.figure);
  // Shoulders to ankles of a star: nothing is in front of anything.
  for (let index = 5; index < 17; index++) {
    const [x = 0, y = 0, value = 0] = label?.keypoints.slice(3 * index, 3 * index + 3) ?? [];
    expect(value, `keypoint ${index}`).toBe(2);
    expect(x > bounds.left && x < bounds.right && y > bounds.top && y < bounds.bottom).toBe(true);
  }
});
