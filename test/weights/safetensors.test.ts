import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type HostTensor,
  narrowToFloat16,
  readSafetensors,
  readSafetensorsHeader,
  widenBfloat16,
  widenFloat16,
  writeSafetensors,
} from "../../src/weights/safetensors.ts";

const MIXED = fileURLToPath(new URL("../fixtures/weights/mixed.safetensors", import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-tensors-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("a file of the format's own library reads as it was written", async () => {
  const { tensors, metadata } = await readSafetensors(MIXED);
  const numbers = Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [name, [shape, [...data]]]),
  );
  expect(numbers).toEqual({
    f32: [
      [2, 2],
      [0.5, -1.25, Math.fround(3e-40), Infinity],
    ],
    f16: [[3], [1, 65504, 2 ** -24]], // the nearest to 6e-8
    bf16: [[2], [1, 3.140625]],
    i32: [[2], [-7, 2 ** 31 - 1]],
    i64: [[1], [2n ** 40n]],
    empty: [[0, 3], []],
    scalar: [[], [2.5]],
  });
  expect(metadata).toEqual({ made: "by safetensors" });
});

test("what is written reads back, whatever the names, shapes and numbers", async () => {
  const path = join(folder, "a.safetensors");
  const tensor = fc
    .tuple(fc.array(fc.nat(3), { maxLength: 3 }), fc.boolean())
    .chain(([shape, isFloat]): fc.Arbitrary<HostTensor> => {
      const length = shape.reduce((product, side) => product * side, 1);
      const exactly = { minLength: length, maxLength: length };
      const data = isFloat
        ? fc.float32Array(exactly)
        : fc.array(fc.integer(), exactly).map((list) => Int32Array.from(list));
      return data.map((numbers) => ({ shape, data: numbers }));
    });
  const name = fc.string({ minLength: 1 }).filter((text) => text !== "__metadata__" && text !== "__proto__");
  const file = fc.dictionary(name, tensor, { noNullPrototype: true });
  await fc.assert(
    fc.asyncProperty(file, fc.string(), async (content, note) => {
      const tensors = new Map(Object.entries(content));
      await writeSafetensors(path, { tensors, metadata: { note } });
      const back = await readSafetensors(path);
      expect(new Map([...back.tensors].sort())).toEqual(new Map([...tensors].sort()));
      expect(back.metadata).toEqual({ note });
    }),
    { numRuns: 40 },
  );
});

test("only the tensors asked for are read; the header reads without any", async () => {
  const { tensors } = await readSafetensors(MIXED, (name) => name.startsWith("i"));
  expect([...tensors.keys()].sort()).toEqual(["i32", "i64"]);
  const { entries } = await readSafetensorsHeader(MIXED);
  expect(entries.find(({ name }) => name === "bf16")).toMatchObject({ dtype: "BF16", shape: [2] });
});

test("a file cut anywhere is an error that names it", async () => {
  const whole = await readFile(MIXED);
  const path = join(folder, "cut.safetensors");
  for (let length = 0; length < whole.byteLength; length += 7) {
    await writeFile(path, whole.subarray(0, length));
    await expect(readSafetensors(path), `${length} bytes`).rejects.toThrow(path);
  }
});

/** A file with this header and so many bytes of data. */
async function withHeader(header: unknown, dataBytes: number): Promise<string> {
  const path = join(folder, "bad.safetensors");
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  await writeFile(path, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  return path;
}

test.for<[string, unknown, number, string]>([
  ["not JSON", "{a", 0, "expected a JSON header"],
  ["a list", [], 0, "expected a safetensors header"],
  ["an unknown type", { a: { dtype: "F8", shape: [4], data_offsets: [0, 4] } }, 4, "a: expected dtype"],
  ["a negative side", { a: { dtype: "F32", shape: [-1], data_offsets: [0, 4] } }, 4, "a.shape.0"],
  [
    "bytes that do not fit the shape",
    { a: { dtype: "F32", shape: [2], data_offsets: [0, 4] } },
    4,
    "expected 8 bytes",
  ],
  ["a gap", { a: { dtype: "F32", shape: [1], data_offsets: [4, 8] } }, 8, "start at byte 0, got 4"],
  [
    "an overlap",
    {
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      b: { dtype: "F32", shape: [1], data_offsets: [4, 8] },
    },
    8,
    "b: expected to start at byte 8, got 4",
  ],
  ["data beyond the end", { a: { dtype: "F32", shape: [2], data_offsets: [0, 8] } }, 4, "truncated"],
  [
    "data left over",
    { a: { dtype: "F32", shape: [1], data_offsets: [0, 4] } },
    8,
    "longer than its header says",
  ],
])("a header with %s is an error that says so", async ([, header, dataBytes, message]) => {
  const path = await withHeader(header, dataBytes);
  await expect(readSafetensors(path)).rejects.toThrow(message);
  await expect(readSafetensors(path)).rejects.toThrow(path);
});

test("a header length beyond the file is not believed", async () => {
  const path = join(folder, "long.safetensors");
  await writeFile(path, Buffer.from([255, 255, 255, 255, 255, 255, 255, 255, 123, 125]));
  await expect(readSafetensors(path)).rejects.toThrow("got a length of 18446744073709551615");
});

test("a missing file is named", async () => {
  const path = join(folder, "none.safetensors");
  await expect(readSafetensors(path)).rejects.toThrow(`${path}: expected a safetensors file, got ENOENT`);
});

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

test("halves survive widening and narrowing, every one of them", () => {
  const halves = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i);
  const isNotANumber = (half: number) => (half & 0x7fff) > 0x7c00;
  const back = narrowToFloat16(widenFloat16(halves));
  expect(back.findIndex((half, i) => half !== i && !isNotANumber(i))).toBe(-1);
  expect(halves.filter(isNotANumber).every((half) => isNotANumber(back[half] as number))).toBe(true);
});

test("a number between two halves becomes the nearer one, the even one from the middle", () => {
  const finite = fc.integer({ min: 0, max: 0x7bfe });
  fc.assert(
    fc.property(
      finite,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      (half, share, isNegative) => {
        const [low, high] = widenFloat16(Uint16Array.of(half, half + 1)) as unknown as [number, number];
        const value = Math.fround(low + share * (high - low));
        const nearer =
          value - low < high - value || (value - low === high - value && half % 2 === 0) ? half : half + 1;
        const [got] = narrowToFloat16(Float32Array.of(isNegative ? -value : value));
        expect(got).toBe(nearer | (isNegative ? 0x8000 : 0));
      },
    ),
    {
      examples: [
        [0x3c00, 0.5, false],
        [0x3c01, 0.5, true],
        [0, 0.5, false],
        [0x3ff, 0.5, false],
      ],
    },
  );
  expect([...narrowToFloat16(Float32Array.of(65519, 65520, -1e9))]).toEqual([0x7bff, 0x7c00, 0xfc00]);
});

test("written in half precision, float32 becomes the nearest halves and the rest stays", async () => {
  const path = join(folder, "half.safetensors");
  const tensors = new Map<string, HostTensor>([
    ["f", { shape: [3], data: Float32Array.of(1, 1 + 2 ** -12, 0.1) }],
    ["i", { shape: [1], data: Int32Array.of(7) }],
  ]);
  await writeSafetensors(path, { tensors, metadata: {} }, { half: true });
  const read = (await readSafetensors(path)).tensors;
  expect([...(read.get("f")?.data ?? [])]).toEqual([1, 1, 0.0999755859375]); // 0.1 is 0x2e66
  expect([...(read.get("i")?.data ?? [])]).toEqual([7]);
});
