import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFixed } from "../../eval/summary.ts";

test.each([
  [9 / 16, 3, "0.562"], // exactly .5625: halves go to even
  [11 / 16, 3, "0.688"], // .6875
  [-9 / 16, 3, "-0.562"],
  [0.5, 0, "0"],
  [1.5, 0, "2"],
  [2.5, 0, "2"],
  [0.125, 2, "0.12"],
  [0.375, 2, "0.38"],
  [0.0005, 3, "0.001"], // above its decimal: 0.0005000000000000000104
  [0.2375, 3, "0.237"], // below: 0.23749999999999998890
  [-1, 3, "-1.000"],
  [1, 3, "1.000"],
  [0, 3, "0.000"],
])("%d with %d decimals is %s, as in Python", (value, digits, text) => {
  expect(formatFixed(value, digits)).toBe(text);
});

test("every rounding is the exact one, halves to even", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -4096, max: 4096 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 6 }),
      (n, bits, digits) => {
        // n / 2^bits with whole numbers only: scaled by 10^digits, the remainder tells which way to go.
        const [magnitude, one] = [BigInt(Math.abs(n)) * 10n ** BigInt(digits), 2n ** BigInt(bits)];
        const [floor, twice] = [magnitude / one, 2n * (magnitude % one)];
        const rounded = twice > one || (twice === one && floor % 2n === 1n) ? floor + 1n : floor;
        const padded = String(rounded).padStart(digits + 1, "0");
        const text = digits === 0 ? padded : `${padded.slice(0, -digits)}.${padded.slice(-digits)}`;
        expect(formatFixed(n / 2 ** bits, digits)).toBe(n < 0 ? `-${text}` : text);
      },
    ),
  );
});
