import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readImage, readImageSize, readRegion } from "../../../datasets/image/read-image.ts";

let dir = "";
const at = (name: string) => join(dir, name);

/** 4 x 2 pixels: red on the left half, blue on the right. */
function picture(): Sharp {
  const row = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255];
  return sharp(Uint8Array.from([...row, ...row]), { raw: { width: 4, height: 2, channels: 3 } });
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "dypose-image-"));
  await picture().png().toFile(at("plain.png"));
  await picture().ensureAlpha(0.25).png().toFile(at("alpha.png"));
  await picture().greyscale().png().toFile(at("grey.png"));
  await picture().toColourspace("rgb16").png().toFile(at("deep.png"));
  await picture().png({ palette: true }).toFile(at("palette.png"));
  await sharp({ create: { width: 64, height: 64, channels: 3, background: { r: 200, g: 60, b: 20 } } })
    .toColourspace("cmyk")
    .jpeg({ quality: 100 })
    .toFile(at("cmyk.jpg"));
  await picture().withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toFile(at("turned.jpg"));
  const whole = await sharp({
    create: {
      width: 64,
      height: 64,
      channels: 3,
      background: "grey",
      noise: { type: "gaussian", sigma: 30 },
    },
  })
    .jpeg()
    .toBuffer();
  await sharp(whole).png().toFile(at("grain.png"));
  writeFileSync(at("short.jpg"), whole.subarray(0, whole.length / 2));
  writeFileSync(at("text.jpg"), "not a picture");
  writeFileSync(at("empty.jpg"), "");
});

afterAll(() => rmSync(dir, { recursive: true }));

test("pixels come as red, green, blue from the top left", async () => {
  const image = await readImage(at("plain.png"));
  expect([image.width, image.height, image.data.length]).toEqual([4, 2, 24]);
  expect([...image.data.subarray(0, 3), ...image.data.subarray(21)]).toEqual([255, 0, 0, 0, 0, 255]);
});

test.each(["alpha.png", "deep.png", "palette.png"])("%s reads as the same 8-bit RGB", async (name) => {
  const { data } = await readImage(at(name));
  expect([...data]).toEqual([...(await readImage(at("plain.png"))).data]);
});

test("a grey picture has three equal channels", async () => {
  const { data } = await readImage(at("grey.png"));
  expect(data.length).toBe(24);
  expect([data[1], data[2]]).toEqual([data[0], data[0]]);
});

test("a CMYK picture comes back near the colour it was made from", async () => {
  const { data } = await readImage(at("cmyk.jpg"));
  expect(data.length).toBe(64 * 64 * 3);
  const [red, green, blue] = data as unknown as [number, number, number];
  // A print gamut holds this orange only roughly.
  for (const [got, made] of [
    [red, 200],
    [green, 60],
    [blue, 20],
  ] as const)
    expect(Math.abs(got - made)).toBeLessThan(30);
});

test("pixels stay as stored unless asked to be turned upright", async () => {
  const stored = await readImage(at("turned.jpg"));
  expect([stored.width, stored.height]).toEqual([4, 2]);
  const upright = await readImage(at("turned.jpg"), { upright: true });
  expect([upright.width, upright.height]).toEqual([2, 4]);
  // Orientation 6: the stored left edge is the top.
  expect(upright.data[0]).toBeGreaterThan(200);
  expect(upright.data[2]).toBeLessThan(60);
});

test.each([
  ["short.jpg", /premature end/],
  ["text.jpg", /unsupported image format/],
  ["empty.jpg", /unsupported image format|empty/],
  ["none.jpg", /missing/],
])("%s is an error of one line with the path and the reason", async (name, reason) => {
  const failure = await readImage(at(name)).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(Error);
  const { message } = failure as Error;
  expect(message).toContain(at(name));
  expect(message).toMatch(reason);
  expect(message).not.toContain("\n");
});

test("reading leaves the file as it was", async () => {
  const before = readFileSync(at("plain.png"));
  await readImage(at("plain.png"));
  expect(readFileSync(at("plain.png")).equals(before)).toBe(true);
});

test("a region reads as that part of the whole picture", async () => {
  const whole = await readImage(at("grain.png"));
  const region = { left: 5, top: 7, width: 11, height: 4 };
  const part = await readRegion(at("grain.png"), region);
  expect(part).toMatchObject(region);
  for (let row = 0; row < 4; row += 1) {
    const start = ((7 + row) * whole.width + 5) * 3;
    const expected = whole.data.subarray(start, start + 33);
    expect([...part.data.subarray(row * 33, row * 33 + 33)]).toEqual([...expected]);
  }
});

test("a region outside its picture is an error with the path", async () => {
  const region = { left: 60, top: 0, width: 10, height: 10 };
  await expect(readRegion(at("grain.png"), region)).rejects.toThrow(/grain.png: expected a readable image/);
});

test("a picture's size is that of the pixels as stored, whatever its EXIF orientation; no picture is an error", async () => {
  expect(await readImageSize(at("turned.jpg"))).toEqual({ width: 4, height: 2 });
  writeFileSync(at("text.jpg"), "no picture");
  await expect(readImageSize(at("text.jpg"))).rejects.toThrow(
    `${at("text.jpg")}: expected a readable image, got: `,
  );
});
