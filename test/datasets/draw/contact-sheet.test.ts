import sharp from "sharp";
import { expect, test } from "vitest";
import { contactSheet } from "../../../datasets/draw/contact-sheet.ts";

const plain = (red: number) => ({
  width: 10,
  height: 10,
  data: Uint8Array.from({ length: 300 }, (_, i) => (i % 3 ? 0 : red)),
});

test("tiles lie row by row, each whole inside its place", async () => {
  const sheet = await contactSheet([{ image: plain(250) }, { image: plain(150) }, { image: plain(50) }], {
    columns: 2,
    tileSize: [20, 40],
    format: "png",
  });
  const { data, info } = await sharp(sheet).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  // Two columns of 40 and two rows of 20, with a gap of 4 between them.
  expect([info.width, info.height]).toEqual([84, 44]);
  const red = (x: number, y: number) => data[(y * info.width + x) * 3];
  // A square picture fills the middle 20 of its 40 columns.
  expect([red(20, 10), red(64, 10), red(20, 34)]).toEqual([250, 150, 50]);
  expect(red(5, 10)).toBe(0x20);
});

test("captions are written below, escaped, and make room for themselves", async () => {
  const tiles = [{ image: plain(0), caption: "<b>&" }];
  const { width, height } = await sharp(await contactSheet(tiles, { tileSize: [20, 40] })).metadata();
  expect([width, height]).toEqual([40, 38]);
});

test("an encoded picture is a tile too; no tile is an error", async () => {
  const png = await sharp({ create: { width: 8, height: 4, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const { width } = await sharp(await contactSheet([{ image: png }], { tileSize: [20, 40] })).metadata();
  expect(width).toBe(40);
  await expect(contactSheet([])).rejects.toThrow("contactSheet: expected at least one tile, got none");
});
