import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import type { PersonBox, PersonDetector } from "../../src/detect/person-detector.ts";
import { inTiles, tileStarts } from "../../src/detect/tiles.ts";

test("tiles cover a side from end to end and share at least what they have to", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6000 }),
      fc.integer({ min: 32, max: 1000 }),
      fc.double({ min: 0, max: 0.8, noNaN: true }),
      (length, size, overlap) => {
        const starts = tileStarts(length, size, overlap);
        expect(starts[0]).toBe(0);
        expect((starts.at(-1) as number) + size).toBeGreaterThanOrEqual(length);
        if (length > size) expect((starts.at(-1) as number) + size).toBe(length);
        for (const [i, start] of starts.slice(1).entries()) {
          const shared = (starts[i] as number) + size - start;
          expect(shared).toBeGreaterThanOrEqual(overlap * size - 1); // starts are whole pixels
        }
      },
    ),
  );
});

/** Finds the white rectangles of a picture that are `least` pixels wide; the left part of one that is cut is one, too. */
const whiteDetector = (leastShare: number): PersonDetector & { looked: number } => ({
  name: "white",
  looked: 0,
  async detect({ width, height, data }: RgbImage): Promise<PersonBox[]> {
    this.looked += 1;
    const isWhite = (x: number, y: number) =>
      x >= 0 && y >= 0 && x < width && y < height && data[3 * (y * width + x)] === 255;
    const found: PersonBox[] = [];
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        if (!isWhite(x, y) || isWhite(x - 1, y) || isWhite(x, y - 1)) continue;
        let [right, bottom] = [x, y];
        while (isWhite(right, y)) right += 1;
        while (isWhite(x, bottom)) bottom += 1;
        const box = { x, y, width: right - x, height: bottom - y };
        if (box.height >= leastShare * height) found.push({ ...box, score: 0.5 });
      }
    }
    return found;
  },
  dispose() {},
});

const person = (x: number, y: number) => ({ x, y, width: 8, height: 16, score: 0.5 });

function paint(width: number, height: number, persons: readonly PersonBox[]): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (const box of persons) {
    for (let y = box.y; y < box.y + box.height; y += 1) {
      data.fill(255, 3 * (y * width + box.x), 3 * (y * width + box.x + box.width));
    }
  }
  return { width, height, data };
}

test("people too small for the whole picture are found in tiles, each once and whole, wherever they stand", async () => {
  const position = fc.record({ column: fc.nat(24), row: fc.nat(11) });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(position, { maxLength: 12, selector: ({ column, row }) => `${column},${row}` }),
      async (places) => {
        const persons = places.map(({ column, row }) => person(column * 12, row * 20));
        const picture = paint(300, 240, persons);
        const detector = whiteDetector(0.1);
        expect(await detector.detect(picture)).toEqual([]);
        const found = await inTiles(detector, { size: 100 }).detect(picture);
        const order = (a: PersonBox, b: PersonBox) => a.y - b.y || a.x - b.x;
        expect(found.toSorted(order)).toEqual(persons.toSorted(order));
      },
    ),
    { numRuns: 20 },
  );
});

test("a picture no larger than a tile is looked at once", async () => {
  const detector = whiteDetector(0);
  await inTiles(detector, { size: 100 }).detect(paint(100, 80, [person(10, 10)]));
  expect(detector.looked).toBe(1);
});

test("somebody larger than a tile is found in the whole picture, not in pieces", async () => {
  const large = { x: 20, y: 10, width: 150, height: 200, score: 0.5 };
  expect(await inTiles(whiteDetector(0), { size: 100 }).detect(paint(300, 240, [large]))).toEqual([large]);
});

test("a size or overlap that makes no tiles is refused", () => {
  expect(() => inTiles(whiteDetector(0), { size: 10 })).toThrow(
    "expected a whole size of at least 32 pixels, got 10",
  );
  expect(() => inTiles(whiteDetector(0), { overlap: 1 })).toThrow(
    "expected an overlap from 0 to below 1, got 1",
  );
});
