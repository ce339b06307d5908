import fc from "fast-check";
import { expect, test } from "vitest";
import { isLowerBody, type SampleKey } from "../../../datasets/augment/augment-crop.ts";
import { DEFAULT_AUGMENTATION } from "../../../datasets/augment/augmentation.ts";
import { CODEC_NAMES, createCodec } from "../../../datasets/codecs/codecs.ts";
import type { CropGeometry } from "../../../datasets/crop/crop-geometry.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../../../datasets/image/normalise.ts";
import type { RgbImage } from "../../../datasets/image/rgb-image.ts";
import type { SampleRow } from "../../../datasets/loader/batch.ts";
import type { PersonSample } from "../../../datasets/loader/person-sample.ts";
import { createRowFiller, cropBoxes, type RowSettings } from "../../../datasets/loader/sample-row.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import { mirroredKeypoints } from "../../../eval/skeletons/skeleton.ts";

const GRID = { inputSize: [256, 192], heatmapSize: [64, 48], sigma: 2 } as const;
const LEFT_EYE = 1;
const RIGHT_EYE = 2;
const BOX = { x: 100, y: 60, width: 150, height: 180 };

function settings(changes: Partial<RowSettings> = {}): RowSettings {
  return {
    codec: "dark",
    grid: GRID,
    padding: 1.25,
    counterparts: mirroredKeypoints(COCO_SKELETON),
    lowerBody: isLowerBody(COCO_SKELETON),
    augmentation: DEFAULT_AUGMENTATION,
    ...changes,
  };
}

/** Makes the function that draws a person of a decoded image into a row. */
function renderer(changes: Partial<RowSettings> = {}) {
  const fill = createRowFiller(settings(changes));
  return async (
    { width, height, data }: RgbImage,
    person: Pick<PersonSample, "box" | "keypoints">,
    key: SampleKey,
    row: SampleRow,
  ): Promise<CropGeometry> => {
    const pixels = new SharedArrayBuffer(data.length);
    new Uint8Array(pixels).set(data);
    const kept = { width, height, pixels };
    const result = await fill({ ...person, path: "", key, row: 0, kept, keep: false }, row);
    if ("unreadable" in result) throw new Error(result.unreadable);
    return result.crop;
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
    const value = (image[3 * i] as number) * IMAGENET_STD[0] + IMAGENET_MEAN[0];
    sum += value;
    x += value * (i % 192);
    y += value * Math.floor(i / 192);
  }
  return { x: x / sum, y: y / sum, sum };
}

/** A person with one keypoint, the left eye. */
const leftEye = (x: number, y: number) =>
  Array.from({ length: 51 }, (_, i) => (Math.floor(i / 3) === LEFT_EYE ? ([x, y, 2][i % 3] as number) : 0));

test.each(CODEC_NAMES)(
  "the heatmap points at what the crop shows, however it is augmented (%s)",
  async (name) => {
    const codec = createCodec(name, GRID);
    const render = renderer({ codec: name });
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 120, max: 220 }),
        fc.integer({ min: 90, max: 200 }),
        fc.nat(),
        async (x, y, seed) => {
          const row = emptyRow();
          const person = { box: BOX, keypoints: leftEye(x, y) };
          const crop = await render(spot(x, y), person, [seed, 0, 0], row);
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
  },
);

test("pixels are scaled to [0, 1], less ImageNet's mean, over its deviation, per colour", async () => {
  const image = { width: 2, height: 2, data: new Uint8Array(12).fill(51) };
  const row = emptyRow();
  const render = renderer({ augmentation: undefined });
  const around = { x: -500, y: -500, width: 1002, height: 1002 };
  await render(image, { box: around, keypoints: leftEye(1, 1) }, [0, 0, 0], row);
  // Black outside: (0 - 0.485) / 0.229, (0 - 0.456) / 0.224, (0 - 0.406) / 0.225.
  for (const [i, expected] of [-2.1179039, -2.0357143, -1.8044444].entries()) {
    expect(row.image[i]).toBeCloseTo(expected, 6);
  }
  const inside = { x: 0.2, y: 0.2, width: 0.5, height: 0.5 };
  await render(image, { box: inside, keypoints: leftEye(1, 1) }, [0, 0, 0], row);
  // 51 / 255 = 0.2: (0.2 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.2 - 0.406) / 0.225.
  const middle = (128 * 192 + 96) * 3;
  for (const [i, expected] of [-1.2445415, -1.1428571, -0.9155556].entries()) {
    expect(row.image[middle + i]).toBeCloseTo(expected, 6);
  }
});

test("a row is written whole: nothing of what was there before shows", async () => {
  const render = renderer({ codec: "gaussian" });
  const person = { box: BOX, keypoints: leftEye(150, 120) };
  const clean = emptyRow();
  const used = emptyRow();
  for (const array of Object.values(used)) array.fill(Number.NaN);
  await render(spot(150, 120), person, [5, 0, 0], clean);
  await render(spot(150, 120), person, [5, 0, 0], used);
  const bytes = (row: typeof clean) =>
    Buffer.concat([row.image, row.heatmaps, row.weights].map(({ buffer }) => Buffer.from(buffer)));
  expect(bytes(used).equals(bytes(clean))).toBe(true);
});

test.each(CODEC_NAMES)("inference cuts boxes as the loader does without augmentation (%s)", async (name) => {
  const image = spot(150, 120);
  const row = emptyRow();
  const person = { box: BOX, keypoints: leftEye(150, 120) };
  const crop = await renderer({ codec: name, padding: 1.5, augmentation: undefined })(
    image,
    person,
    [0, 0, 0],
    row,
  );
  const other = { x: 0, y: 0, width: 50, height: 50 };
  const { images, crops } = cropBoxes(image, [other, BOX], { codec: createCodec(name, GRID), padding: 1.5 });
  expect(crops[1]).toEqual(crop);
  expect(images.subarray(256 * 192 * 3)).toEqual(row.image);
});
