import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readMatArrays } from "../../../datasets/convert/mat-file.ts";

interface Fixture {
  readonly base64: string;
  readonly arrays: Record<string, { shape: number[]; data: number[] }>;
}
// Saved by scipy: see make_mat_files.py beside it.
const { files } = JSON.parse(
  readFileSync(new URL("../../fixtures/convert/mat_files.json", import.meta.url), "utf8"),
) as { files: Record<string, Fixture> };
const bytesOf = (name: string) => new Uint8Array(Buffer.from(files[name]?.base64 ?? "", "base64"));

for (const [name, { arrays }] of Object.entries(files)) {
  test(`arrays of numbers come out as scipy put them in: ${name}`, () => {
    const read = readMatArrays(bytesOf(name), name);
    const found = Object.fromEntries(
      read.map(({ name, shape, data }) => [name, { shape, data: Array.from(data) }]),
    );
    expect(found).toEqual(arrays);
  });
}

test("what is not a MATLAB file of level 5 is refused by name", () => {
  expect(() => readMatArrays(new TextEncoder().encode("joints"), "joints.mat")).toThrow(
    'joints.mat: expected a MATLAB file of level 5, got "joints"',
  );
  const hdf5 = new TextEncoder().encode(`MATLAB 7.3 MAT-file${" ".repeat(200)}`);
  expect(() => readMatArrays(hdf5, "joints.mat")).toThrow(/level 7\.3 \(save it with -v7\)/);
});

test("a file cut short is an error, unless nothing of its array is left", () => {
  const whole = bytesOf("lspet");
  for (let length = 0; length < whole.length; length += 5) {
    const cut = () => readMatArrays(whole.subarray(0, length), "cut.mat");
    // The header takes 128 bytes, the array's tag 8 more.
    if (length >= 128 && length < 136) expect(cut(), `${length} bytes`).toEqual([]);
    else expect(cut, `${length} bytes`).toThrow(/^cut\.mat: expected/);
  }
});
