import fc from "fast-check";
import { expect, test } from "vitest";
import { isLowerBody } from "../../../datasets/augment/augment-crop.ts";
import { DEFAULT_AUGMENTATION } from "../../../datasets/augment/augmentation.ts";
import { CODEC_NAMES, createCodec } from "../../../datasets/codecs/codecs.ts";
import type { RgbImage } from "../../../datasets/image/rgb-image.ts";
import { createSampleRenderer, type RenderSettings } from "../../../datasets/loader/sample-row.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

const GRID = { inputSize: [256, 192], heatmapSize: [64, 48], sigma: 2 } as const;
const LEFT_EYE = 1;
const RIGHT_EYE = 2;

function settings(changes: Partial<RenderSettings> = {}): RenderSettings {
  return {
    codec: "dark",
    grid: GRID,
    padding: 1.25,
    mean: [0, 0, 0],
    std: [1, 1, 1],
    flipPairs: COCO_SKELETON.flipPairs,
    lowerBody: isLowerBody(COCO_SKELETON),
    augmentation: DEFAULT_AUGMENTATION,
    ...changes,
  };
}

function emptyRow() {
  return {
    image: new Float32Array(256 * 192 * 3),
    heatmaps: new Float32Array(64 * 48 * 17),
    weights: new Float32Array(17),
  };
}

/** A black picture of 400 x 300 with a white square of 9 x 9 around (x, y). */
function spot(x: number, y: number): RgbImage {
  const data = new Uint8Array(400 * 300 * 3);
  for (let row = y - 4; row <= y + 4; row += 1) {
    data.fill(255, (row * 400 + x - 4) * 3, (row * 400 + x + 5) * 3);
  }
  return { width: 400, height: 300, data };
}

/** The middle of a crop's brightness, pixels. */
function brightSpot(image: Float32Array): { x: number; y: number; sum: number } {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < 256 * 192; i += 1) {
    const value = image[3 * i] as number;
    sum += value;
    x += value * (i % 192);
    y += value * Math.floor(i / 192);
  }
  return { x: x / sum, y: y / sum, sum };
}

/** A person with one keypoint, the left eye. */
const leftEye = (x: number, y: number) =>
  Array.from({ length: 51 }, (_, i) => (Math.floor(i / 3) === LEFT_EYE ? ([x, y, 2][i % 3] as number) : 0));

test.each(CODEC_NAMES)("the heatmap points at what the crop shows, however it is augmented (%s)", (name) => {
  const codec = createCodec(name, GRID);
  const render = createSampleRenderer(settings({ codec: name }));
  let seen = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 120, max: 220 }),
      fc.integer({ min: 90, max: 200 }),
      fc.nat(),
      (x, y, seed) => {
        const row = emptyRow();
        const person = { box: [100, 60, 150, 180] as const, keypoints: leftEye(x, y) };
        const crop = render(spot(x, y), person, [seed, 0, 0], row);
        // Mirrored, a left eye looks like a right one.
        const channel = crop.mirrored ? RIGHT_EYE : LEFT_EYE;
        const { points } = codec.decode(row.heatmaps);
        const [foundX, foundY] = [points[2 * channel] as number, points[2 * channel + 1] as number];
        const isInside = foundX > 12 && foundX < 180 && foundY > 12 && foundY < 244;
        if (!isInside) return;
        seen += 1;
        expect([...row.weights].map((weight, k) => weight * k).filter(Boolean)).toEqual([channel]);
        const bright = brightSpot(row.image);
        // A cell is 4 pixels: the Gaussian codec may be 2 off.
        const bound = name === "gaussian" ? 2.2 : 0.3;
        expect(Math.abs(bright.x - foundX)).toBeLessThan(bound);
        expect(Math.abs(bright.y - foundY)).toBeLessThan(bound);
      },
    ),
    { numRuns: 60 },
  );
  expect(seen).toBeGreaterThan(30);
});

test("pixels are scaled to [0, 1], less the mean, over the deviation, per colour", () => {
  const mean = [0.5, 0.25, 0] as const;
  const std = [0.5, 1, 2] as const;
  const image = { width: 2, height: 2, data: new Uint8Array(12).fill(51) };
  const row = emptyRow();
  const render = createSampleRenderer(settings({ mean, std, augmentation: undefined }));
  render(image, { box: [-500, -500, 1002, 1002], keypoints: leftEye(1, 1) }, [0, 0, 0], row);
  // Black outside: (0 - 0.5) / 0.5, (0 - 0.25) / 1, 0 / 2.
  expect([...row.image.subarray(0, 3)]).toEqual([-1, -0.25, 0]);
  render(image, { box: [0.2, 0.2, 0.5, 0.5], keypoints: leftEye(1, 1) }, [0, 0, 0], row);
  // 51 / 255 = 0.2: (0.2 - 0.5) / 0.5 = -0.6, 0.2 - 0.25 = -0.05, 0.2 / 2 = 0.1.
  const middle = (128 * 192 + 96) * 3;
  for (const [i, expected] of [-0.6, -0.05, 0.1].entries()) {
    expect(row.image[middle + i]).toBeCloseTo(expected, 6);
  }
});

test("a row is written whole: nothing of what was there before shows", () => {
  const render = createSampleRenderer(settings({ codec: "gaussian" }));
  const person = { box: [100, 60, 150, 180] as const, keypoints: leftEye(150, 120) };
  const clean = emptyRow();
  const used = emptyRow();
  for (const array of Object.values(used)) array.fill(Number.NaN);
  render(spot(150, 120), person, [5, 0, 0], clean);
  render(spot(150, 120), person, [5, 0, 0], used);
  const bytes = (row: typeof clean) =>
    Buffer.concat([row.image, row.heatmaps, row.weights].map(({ buffer }) => Buffer.from(buffer)));
  expect(bytes(used).equals(bytes(clean))).toBe(true);
});
