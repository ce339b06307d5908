import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { readRecords } from "../../../datasets/coco/json-records.ts";

const folder = mkdtempSync(join(tmpdir(), "json-records-"));
const file = join(folder, "file.json");
afterAll(() => rmSync(folder, { recursive: true }));

/** All arrays of a file, put together again from their batches. */
async function readAll(text: string, windowSize?: number): Promise<Map<string | undefined, unknown[]>> {
  writeFileSync(file, text);
  const arrays = new Map<string | undefined, unknown[]>();
  for await (const { key, first, records } of readRecords(file, windowSize)) {
    const whole = first === 0 ? [] : (arrays.get(key) ?? []);
    expect(whole).toHaveLength(first);
    arrays.set(key, [...whole, ...records]);
  }
  return arrays;
}

/** Any JSON text, indented or not: strings full of quotes, brackets, commas and letters of several bytes. */
const jsonValue = fc.jsonValue({ depthSize: "small", noUnicodeString: false });
const indent = fc.constantFrom(0, 1, "\t");
const anyWindow = fc.integer({ min: 1, max: 60 });

test("any array comes back whole, however small the window", async () => {
  const property = fc.asyncProperty(
    fc.array(jsonValue),
    indent,
    anyWindow,
    async (values, space, windowSize) => {
      const text = JSON.stringify(values, null, space);
      expect((await readAll(text, windowSize)).get(undefined)).toEqual(JSON.parse(text));
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

test("any object gives its arrays whole and nothing else, however small the window", async () => {
  const property = fc.asyncProperty(
    fc.dictionary(fc.string(), jsonValue),
    indent,
    anyWindow,
    async (members, space, windowSize) => {
      const text = JSON.stringify(members, null, space);
      const arrays = Object.entries(JSON.parse(text)).filter(([, value]) => Array.isArray(value));
      expect([...(await readAll(text, windowSize))]).toEqual(arrays);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

test("whatever JSON.parse refuses is refused, however small the window", async () => {
  const property = fc.asyncProperty(
    fc.array(jsonValue, { minLength: 1 }),
    fc.nat(),
    fc.constantFrom("", ",", "]", "}", "[", '"', "x", "1"),
    anyWindow,
    async (values, at, insert, windowSize) => {
      const characters = Array.from(JSON.stringify(values)); // code points: none is cut in half
      const text = characters.with(at % characters.length, insert).join("");
      let isArray = false;
      try {
        isArray = Array.isArray(JSON.parse(text));
      } catch {}
      const read = readAll(text, windowSize);
      if (isArray) await expect(read).resolves.toEqual(new Map([[undefined, JSON.parse(text)]]));
      else if (!text.trimStart().startsWith("{")) await expect(read).rejects.toThrow(TypeError);
      else await read.catch(() => {});
    },
  );
  await fc.assert(property, { numRuns: 300 });
});

test.each([
  ["[1, 2, nan]", 'results[2]: expected JSON, got "nan"'],
  ['{"images": [1, ]}', "images[1]: expected JSON, got nothing"],
  ['{"images": [1}', 'byte 13: expected "," or "]", got "}"'],
  ["[1] 2", 'byte 4: expected the end of the file, got "2"'],
  ['[{"id": 1}, {"id"', "byte 17: expected a value and what closes it, got the end of the file"],
  ['{"images" 1}', 'byte 10: expected ":" after the key images, got "1}"'],
  ["3", 'byte 0: expected a JSON array or object, got "3"'],
  ["", "byte 0: expected a JSON array or object, got the end of the file"],
])("%j is refused at the place that is wrong", async (text, message) => {
  await expect(readAll(text)).rejects.toThrow(`${file} ${message}`);
});

test("a missing file is named", async () => {
  const missing = join(folder, "missing.json");
  await expect(readRecords(missing).next()).rejects.toThrow(
    `${missing}: expected a readable file, got ENOENT`,
  );
});
