import fc from "fast-check";
import { expect, test } from "vitest";
import { CODEC_NAMES, createCodec, strideOf } from "../../../datasets/codecs/codecs.ts";
import { cropOfBox, imageToCrop, keypointsInCrop } from "../../../datasets/crop/crop-geometry.ts";

const GRID = { inputSize: [256, 192], heatmapSize: [64, 48], sigma: 2 } as const;
const CELLS = 64 * 48;

/** Encodes keypoints (x, y, v in crop pixels) and finds them again. */
function roundTrip(name: string, points: readonly number[]) {
  const codec = createCodec(name, GRID);
  const heatmaps = new Float32Array((CELLS * points.length) / 3).fill(Number.NaN);
  const weights = new Float32Array(points.length / 3).fill(Number.NaN);
  codec.encode(points, heatmaps, weights);
  return { codec, heatmaps, weights, ...codec.decode(heatmaps) };
}

/** Mirrors heatmaps [h, w, K] left to right. */
function mirror(heatmaps: Float32Array, width: number, numKeypoints: number): Float32Array {
  return heatmaps.map((_, i) => {
    const k = i % numKeypoints;
    const column = Math.floor(i / numKeypoints) % width;
    const row = Math.floor(i / numKeypoints / width);
    return heatmaps[(row * width + width - 1 - column) * numKeypoints + k] as number;
  });
}

// Crop pixels that a keypoint inside moves by, at most: half a cell less the quarter offset's gain for the Gaussian
// (0.5 · 4 = 2 when the rounding lands half way), and what blurring near the edge costs for the others.
const TOLERANCE: Record<string, number> = { gaussian: 2, dark: 0.08, udp: 0.08 };

/** The last pixel whose nearest cell exists: 47 · 4 + 2 across and 63 · 4 + 2 down in the plain convention. */
const inside = fc.record({
  x: fc.double({ min: 0, max: 189.9, noNaN: true }),
  y: fc.double({ min: 0, max: 253.9, noNaN: true }),
});

test.each(CODEC_NAMES)("%s finds a keypoint again within its bound, wherever it is", (name) => {
  fc.assert(
    fc.property(fc.array(inside, { minLength: 1, maxLength: 5 }), (places) => {
      const { points, weights } = roundTrip(
        name,
        places.flatMap(({ x, y }) => [x, y, 2]),
      );
      for (const [k, { x, y }] of places.entries()) {
        expect(weights[k]).toBe(1);
        // On each axis; 1e-4 for the heatmap's 32 bits.
        expect(Math.abs((points[2 * k] as number) - x)).toBeLessThanOrEqual(
          (TOLERANCE[name] as number) + 1e-4,
        );
        expect(Math.abs((points[2 * k + 1] as number) - y)).toBeLessThanOrEqual(
          (TOLERANCE[name] as number) + 1e-4,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test.each(CODEC_NAMES)("%s gives unlabelled keypoints no weight and an empty heatmap", (name) => {
  const { heatmaps, weights } = roundTrip(name, [50, 60, 0, 70, 80, 1]);
  expect([...weights]).toEqual([0, 1]);
  expect(heatmaps.filter((value, i) => i % 2 === 0 && value !== 0).length).toBe(0);
});

test.each(CODEC_NAMES)("%s weighs a keypoint outside as long as its Gaussian reaches in", (name) => {
  // 3 sigma = 6 cells of 4 (udp: 4.06) pixels from the nearest cell: -25 rounds to
  // cell -6, -27 to cell -7; 276 to row 69 or 68, of which 63 is the last.
  const { weights } = roundTrip(name, [-25, 100, 2, -27, 100, 2, 100, 276, 2, 100, 400, 2]);
  expect([...weights]).toEqual([1, 0, 1, 0]);
});

test.each(CODEC_NAMES)("%s leaves no NaN or denormal in a heatmap", (name) => {
  const { heatmaps } = roundTrip(name, [-300, -900, 2, 0, 0, 2, 191, 255, 1, 1e6, 10, 2]);
  const smallestNormal = 2 ** -126;
  expect(heatmaps.every((value) => value === 0 || (value >= smallestNormal && value <= 1))).toBe(true);
});

test.each(CODEC_NAMES)("%s scores a keypoint by its peak", (name) => {
  const { scores } = roundTrip(name, [96, 128, 2]);
  // At worst half a cell off the nearest on both axes: exp(-0.5 / 8) = 0.939.
  expect(scores[0]).toBeGreaterThan(0.93);
  expect(scores[0]).toBeLessThanOrEqual(1);
});

test("flipShift brings the mirrored heatmap back over the plain one: exactly for udp, to a quarter cell else", () => {
  for (const name of CODEC_NAMES) {
    const codec = createCodec(name, GRID);
    const [, strideX] = strideOf(GRID, codec.convention);
    const x = 101.3;
    // Mirroring the crop moves pixel x to 191 - x; mirroring its heatmap back and shifting should undo that.
    const { heatmaps } = roundTrip(name, [191 - x, 90, 2]);
    const back = codec.decode(mirror(heatmaps, 48, 1)).points[0] as number;
    const bound = name === "udp" ? 0.01 : 0.25 * strideX + (TOLERANCE[name] as number);
    expect(Math.abs(back + codec.flipShift * strideX - x)).toBeLessThanOrEqual(bound);
  }
});

test("udp's heatmaps of a mirrored crop are the mirror image of the plain crop's, left and right exchanged", () => {
  const crop = cropOfBox({ x: 30, y: 40, width: 90, height: 120 }, GRID.inputSize);
  const eyes = [70, 80, 2, 95, 77, 1];
  const encoded = (mirrored: boolean) => {
    const toCrop = imageToCrop({ ...crop, mirrored }, GRID.inputSize, "udp");
    const points = keypointsInCrop(eyes, toCrop, { mirrored }, [1, 0]);
    return roundTrip("udp", [...points]).heatmaps;
  };
  const back = mirror(encoded(true), 48, 2);
  for (const [i, value] of encoded(false).entries()) {
    // Channels 2 c and 2 c + 1 of a cell change places.
    expect(back[i ^ 1]).toBeCloseTo(value, 6);
  }
});

test("the Gaussian sits on the nearest cell, with peak 1, and ends after three sigma", () => {
  // 21 / 4 = 5.25 and 38 / 4 = 9.5: column 5, row 10.
  const { heatmaps } = roundTrip("gaussian", [21, 38, 2]);
  const at = (column: number, row: number) => heatmaps[row * 48 + column] as number;
  expect(at(5, 10)).toBe(1);
  // One cell off: exp(-1 / (2 · 2²)).
  expect(at(6, 10)).toBeCloseTo(Math.exp(-1 / 8), 6);
  expect(at(11, 16)).toBeCloseTo(Math.exp(-72 / 8), 6);
  expect([at(12, 10), at(5, 17)]).toEqual([0, 0]);
});

test("dark and udp render the Gaussian where the keypoint is, between cells", () => {
  for (const name of ["dark", "udp"]) {
    const [strideY, strideX] = strideOf(GRID, createCodec(name, GRID).convention);
    const { heatmaps } = roundTrip(name, [10.3 * strideX, 20.6 * strideY, 2]);
    for (const [column, row] of [
      [10, 20],
      [11, 21],
      [14, 25],
    ] as const) {
      const distance2 = (column - 10.3) ** 2 + (row - 20.6) ** 2;
      expect(heatmaps[row * 48 + column]).toBeCloseTo(Math.exp(-distance2 / 8), 6);
    }
  }
});

test("dark and udp find a keypoint outside the heatmap by how its Gaussian falls", () => {
  // Up to three sigma = 6 cells = 24 pixels outside; both axes at once in the last.
  for (const name of ["dark", "udp"]) {
    for (const [x, y] of [
      [-10, 100],
      [200, 100],
      [90, 270],
      [-5, -20],
    ] as const) {
      const { points } = roundTrip(name, [x, y, 2]);
      expect(Math.hypot((points[0] as number) - x, (points[1] as number) - y)).toBeLessThan(0.1);
    }
  }
});

test("a flat or noisy heatmap still decodes to finite points inside", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CODEC_NAMES),
      fc.float32Array({ minLength: CELLS, maxLength: CELLS, min: -1, max: 1, noNaN: true }),
      (name, noise) => {
        const { points } = createCodec(name, GRID).decode(noise);
        // At most the radius, 6 cells of 4.1 pixels, outside.
        expect(points[0]).toBeGreaterThan(-25);
        expect(points[0]).toBeLessThan(192 + 25);
      },
    ),
    { numRuns: 30 },
  );
  for (const name of CODEC_NAMES) {
    const { points, scores } = createCodec(name, GRID).decode(new Float32Array(CELLS));
    expect([...points, ...scores].every(Number.isFinite)).toBe(true);
  }
});

test("of two equal peaks the first in reading order is found", () => {
  const heatmaps = new Float32Array(CELLS);
  heatmaps[5 * 48 + 7] = 1;
  heatmaps[9 * 48 + 3] = 1;
  const { points } = createCodec("gaussian", GRID).decode(heatmaps);
  expect([...points]).toEqual([28, 20]);
});

test("an unknown codec and an impossible grid are errors that say what is possible", () => {
  expect(() => createCodec("darc", GRID)).toThrow('codec: expected one of gaussian, dark, udp, got "darc"');
  expect(() => createCodec("toString", GRID)).toThrow(/expected one of/);
  expect(() => createCodec("dark", { ...GRID, sigma: 0 })).toThrow(/expected sigma > 0 cells, got 0/);
  expect(() => createCodec("dark", { ...GRID, heatmapSize: [64, 48.5] })).toThrow(/got 48.5/);
});
