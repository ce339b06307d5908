import fc from "fast-check";
import { expect, test } from "vitest";
import { rankByScore } from "../../eval/accumulate.ts";

/** Few distinct values among many, so that most scores have equals. */
const scores = fc
  .tuple(
    fc.array(fc.double({ noNaN: true }), { minLength: 1, maxLength: 40 }),
    fc.infiniteStream(fc.nat()),
    fc.constantFrom(10, 4095, 4096, 6000),
  )
  .map(([values, picks, length]) =>
    Float64Array.from({ length }, () => values[(picks.next().value ?? 0) % values.length] as number),
  );

test("scores fall along the ranking, and equal ones keep their order, in short and long lists", () => {
  fc.assert(
    fc.property(scores, (values) => {
      const stable = Array.from(values, (_, i) => i).sort((a, b) => {
        const [left, right] = [values[a] as number, values[b] as number];
        return left === right ? 0 : left > right ? -1 : 1;
      });
      expect(Array.from(rankByScore(values))).toEqual(stable);
    }),
    { numRuns: 30 },
  );
});
