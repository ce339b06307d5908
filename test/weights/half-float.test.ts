import { expect, test } from "vitest";
import { widenBfloat16, widenFloat16 } from "../../src/weights/half-float.ts";

test("binary16 widens exactly: normal, subnormal, zero, infinite, not a number", () => {
  // 0x3c00 = 2^0; 0xc000 = -2^1; 0x3555 = 2^-2 (1 + 341/1024); 0x7bff = 65504, the largest; 0x0001 = 2^-24
  const wide = widenFloat16(
    new Uint16Array([0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x83ff, 0x7c00, 0xfc00]),
  );
  expect([...wide]).toEqual([
    1,
    -2,
    0.25 * (1 + 341 / 1024),
    65504,
    2 ** -24,
    -1023 * 2 ** -24,
    Infinity,
    -Infinity,
  ]);
  expect(widenFloat16(new Uint16Array([0x7e00]))[0]).toBeNaN();
  expect(Object.is(widenFloat16(new Uint16Array([0x8000]))[0], -0)).toBe(true);
});

test("bfloat16 is the upper half of a float32", () => {
  // 0x3f80 = 1; 0x4049 = 3.140625; 0xff80 = -infinity
  expect([...widenBfloat16(new Uint16Array([0x3f80, 0x4049, 0xff80]))]).toEqual([1, 3.140625, -Infinity]);
});
