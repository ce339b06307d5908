import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decodeNanodet } from "../../src/detect/decode-nanodet.ts";
import { NANODET_BINS, NANODET_CHANNELS } from "../../src/detect/nanodet.ts";

/** Answers of a grid in which nobody is, but for the cells given. */
function grid(width: number, height: number, cells: ReadonlyMap<number, readonly number[]>): Float32Array {
  const answers = new Float32Array(width * height * NANODET_CHANNELS);
  for (let cell = 0; cell < width * height; cell += 1) {
    answers.set(cells.get(cell) ?? [-20], cell * NANODET_CHANNELS);
  }
  return answers;
}

/** Bins, before the softmax, that are sure of the distances given, in cells; half of a fraction's weight lies on each side. */
const sureOf = (distances: readonly number[]): number[] =>
  distances.flatMap((distance) =>
    Array.from({ length: NANODET_BINS }, (_, bin) => {
      const weight = Math.max(0, 1 - Math.abs(bin - distance));
      return weight > 0 ? Math.log(weight) : -60;
    }),
  );

test("a cell that is sure of four distances gives the box with these distances from its centre", () => {
  const distance = fc.double({ min: 0, max: NANODET_BINS - 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.nat(34),
      fc.tuple(distance, distance, distance, distance),
      fc.constantFrom(8, 16, 32),
      fc.double({ min: -4, max: 4, noNaN: true }),
      (cell, sides, stride, logit) => {
        const answers = grid(7, 5, new Map([[cell, [logit, ...sureOf(sides)]]]));
        const [box, ...others] = decodeNanodet(answers, 7, stride, 0.01);
        expect(others).toEqual([]);
        const [x, y] = [((cell % 7) + 0.5) * stride, (Math.floor(cell / 7) + 0.5) * stride];
        const [left, top, right, bottom] = sides as [number, number, number, number];
        expect(box?.left).toBeCloseTo(x - left * stride, 3);
        expect(box?.top).toBeCloseTo(y - top * stride, 3);
        expect(box?.right).toBeCloseTo(x + right * stride, 3);
        expect(box?.bottom).toBeCloseTo(y + bottom * stride, 3);
        expect(box?.score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 6);
      },
    ),
  );
});

test("bins that are all alike expect the middle, however large their numbers", () => {
  for (const level of [0, 1e4, -1e4]) {
    const bins = new Array(4 * NANODET_BINS).fill(level);
    const [box] = decodeNanodet(grid(1, 1, new Map([[0, [3, ...bins]]])), 1, 8, 0.5);
    expect(box).toMatchObject({ left: 4 - 40, top: 4 - 40, right: 4 + 40, bottom: 4 + 40 }); // 5 cells of 8
  }
});

test("cells are taken from the score asked for on: of 0 all, of 1 none", () => {
  const answers = grid(4, 4, new Map([[5, [0, ...sureOf([1, 1, 1, 1])]]])); // a score of ½
  expect(decodeNanodet(answers, 4, 8, 0)).toHaveLength(16);
  expect(decodeNanodet(answers, 4, 8, 0.5)).toHaveLength(1);
  expect(decodeNanodet(answers, 4, 8, 0.51)).toHaveLength(0);
  expect(decodeNanodet(answers, 4, 8, 1)).toHaveLength(0);
});
