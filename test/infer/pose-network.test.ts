import fc from "fast-check";
import { expect, test } from "vitest";
import { averageFlipped, type HeatmapShape, personScore } from "../../src/infer/pose-network.ts";

const PAIR = [1, 0];

/** What the network would give for the mirrored image if it were perfectly symmetric. */
function mirror(heatmaps: Float32Array, [batch, height, width, keypoints]: HeatmapShape, partner: number[]) {
  return Float32Array.from(heatmaps, (_, index) => {
    const k = index % keypoints;
    const x = Math.floor(index / keypoints) % width;
    const row = Math.floor(index / keypoints / width);
    if (row >= batch * height) throw new Error("shape and values differ");
    return heatmaps[(row * width + (width - 1 - x)) * keypoints + (partner[k] as number)] as number;
  });
}

test("without a shift, a symmetric network's average is what it said in the first place", () => {
  const size = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(
      size,
      size,
      size,
      fc.infiniteStream(fc.float({ noNaN: true, min: -1, max: 1 })),
      (b, h, w, values) => {
        const shape: HeatmapShape = [b, h, w, 2];
        const heatmaps = Float32Array.from({ length: b * h * w * 2 }, () => values.next().value);
        expect(averageFlipped(heatmaps, mirror(heatmaps, shape, PAIR), shape, PAIR, 0)).toEqual(heatmaps);
      },
    ),
  );
});

test("a shift of one moves the mirrored heatmaps one cell right and leaves column 0 as it is", () => {
  // one row of four cells, one keypoint; unmirrored the second is [1, 2, 3, 4], shifted [1, 1, 2, 3]
  const own = Float32Array.of(10, 10, 10, 10);
  const mirrored = Float32Array.of(4, 3, 2, 1);
  expect([...averageFlipped(own, mirrored, [1, 1, 4, 1], [0], 1)]).toEqual([5.5, 5.5, 6, 6.5]);
});

test("left and right swap within each sample and each row alone", () => {
  // two samples of one row and one cell, two keypoints
  const own = Float32Array.of(0, 0, 0, 0);
  const mirrored = Float32Array.of(2, 4, 6, 8);
  expect([...averageFlipped(own, mirrored, [2, 1, 1, 2], PAIR, 0)]).toEqual([2, 1, 4, 3]);
});

test("a person's score is the box score times the mean of the keypoint scores above 0.2", () => {
  // (0.9 + 0.5) / 2 = 0.7; 0.2 itself and 0.1 do not count
  expect(personScore(0.5, [0.9, 0.2, 0.5, 0.1])).toBeCloseTo(0.35, 12);
});

test("a person without a keypoint above the threshold scores 0, whatever the box says", () => {
  expect(personScore(0.99, [0.2, 0.1, Number.NaN])).toBe(0);
});

test("the threshold can be moved", () => {
  // (0.9 + 0.2 + 0.1) / 3 = 0.4
  expect(personScore(1, [0.9, 0.2, 0.1], 0)).toBeCloseTo(0.4, 12);
});
