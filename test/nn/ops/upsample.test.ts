import * as fc from "fast-check";
import { beforeAll, test } from "vitest";
import { upsampleBilinear } from "../../../src/nn/ops/upsample.ts";
import { testEngine } from "../../engine.ts";
import { expectAgreement, normalArray } from "../check-gradients.ts";
import { type Array64, at, mapIndices } from "../float64.ts";

beforeAll(testEngine);

/** The value half-pixel bilinear interpolation reads at output cell `i` of a doubled axis. */
function doubled(size: number, i: number, read: (cell: number) => number): number {
  const position = Math.min(Math.max((i + 0.5) / 2 - 0.5, 0), size - 1);
  const low = Math.floor(position);
  const high = Math.min(low + 1, size - 1);
  return (1 - (position - low)) * read(low) + (position - low) * read(high);
}

test("bilinear upsampling doubles with half-pixel centres, and has the adjoint as its gradient", () => {
  const shapes = fc.tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 5 }),
  );
  fc.assert(
    fc.property(shapes, fc.nat(), ([batch, height, width], seed) => {
      const reference = (x: Array64) =>
        mapIndices([batch, 2 * height, 2 * width, 2], (...index) => {
          const [b, i, j, c] = index as [number, number, number, number];
          return doubled(height, i, (row) => doubled(width, j, (column) => at(x, b, row, column, c)));
        });
      expectAgreement(upsampleBilinear, reference, normalArray([batch, height, width, 2], seed));
    }),
    { numRuns: 25 },
  );
});
