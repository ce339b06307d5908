import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readAnnotations } from "../../../datasets/coco/read-annotations.ts";
import { DIFFICULTIES, type DifficultyName } from "../../../datasets/synth/difficulty.ts";
import { generateDataset, type SynthOptions } from "../../../datasets/synth/generate.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-synth-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = (name: string, more: Partial<SynthOptions> = {}): SynthOptions => ({
  out: join(folder, name),
  images: 6,
  valImages: 3,
  seed: 1,
  difficulty: "medium",
  width: 160,
  height: 120,
  ...more,
});
const readSplit = (name: string, split = "train2017") =>
  readAnnotations(join(folder, name, "annotations", `person_keypoints_${split}.json`));

/** Every file of a folder with its bytes, as text. */
async function contents(name: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(join(folder, name), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files[path.slice(join(folder, name).length)] = (await readFile(path)).toString("base64");
  }
  return files;
}

test("the same seed gives the same bytes, another seed others", async () => {
  await generateDataset(options("first"));
  await generateDataset(options("second"));
  await generateDataset(options("other", { seed: 2 }));
  const first = await contents("first");
  // 6 + 3 pictures and two annotation files.
  expect(Object.keys(first)).toHaveLength(11);
  expect(await contents("second")).toEqual(first);
  expect((await contents("other"))["/train2017/000000000001.jpg"]).not.toBe(
    first["/train2017/000000000001.jpg"],
  );
});

test("a larger data set begins with the smaller one", async () => {
  await generateDataset(options("larger", { images: 8 }));
  const [smaller, larger] = [await readSplit("first"), await readSplit("larger")];
  expect(larger.images.slice(0, 6)).toEqual(smaller.images);
  expect(larger.annotations.slice(0, smaller.annotations.length)).toEqual(smaller.annotations);
  expect(await readSplit("larger", "val2017").then(({ images }) => images)).toEqual(
    await readSplit("first", "val2017").then(({ images }) => images),
  );
});

test("every annotation is what COCO's would be, at every difficulty", async () => {
  for (const difficulty of Object.keys(DIFFICULTIES) as DifficultyName[]) {
    await generateDataset(options(difficulty, { difficulty, images: 12, width: 240, height: 180 }));
    const [train, val] = [await readSplit(difficulty), await readSplit(difficulty, "val2017")];
    const annotations = [...train.annotations, ...val.annotations];
    const images = new Map([...train.images, ...val.images].map((image) => [image.id, image]));
    expect(images.size).toBe(15);
    expect(new Set(annotations.map(({ id }) => id)).size).toBe(annotations.length);
    for (const { id, imageId, keypoints, numKeypoints, box, area, isCrowd } of annotations) {
      const visibilities = Array.from({ length: 17 }, (_, index) => keypoints[3 * index + 2] ?? -1);
      const [x, y, width, height] = box;
      expect(id).toBeGreaterThanOrEqual(1);
      expect(images.has(imageId)).toBe(true);
      expect(isCrowd).toBe(false);
      expect(numKeypoints).toBe(visibilities.filter((value) => value > 0).length);
      expect(visibilities.filter((value) => value === 2).length).toBeGreaterThanOrEqual(4);
      expect(x >= 0 && y >= 0 && x + width <= 240 && y + height <= 180).toBe(true);
      expect(area).toBeLessThanOrEqual(width * height);
      expect(area).toBeGreaterThanOrEqual(32 ** 2);
    }
  }
});

test("pictures have the size asked for", async () => {
  const { images } = await readSplit("first");
  for (const { fileName, width, height } of images) {
    const metadata = await sharp(join(folder, "first", "train2017", fileName)).metadata();
    expect([metadata.format, metadata.width, metadata.height]).toEqual(["jpeg", width, height]);
  }
});

test("every picture that is finished is counted", async () => {
  const counts: string[] = [];
  await generateDataset(options("counted"), (done, total) => counts.push(`${done}/${total}`));
  expect(counts).toEqual(Array.from({ length: 9 }, (_, index) => `${index + 1}/9`));
});

test("a folder with something in it is left alone", async () => {
  await mkdir(join(folder, "full"));
  await writeFile(join(folder, "full", "keep.txt"), "precious");
  await expect(generateDataset(options("full"))).rejects.toThrow(/full: expected a new or an empty folder/);
  expect(await readdir(join(folder, "full"))).toEqual(["keep.txt"]);
});

test("a data set that fails midway leaves nothing behind", async () => {
  const failing = generateDataset(options("failing"), (done) => {
    if (done === 4) throw new Error("stopped here");
  });
  await expect(failing).rejects.toThrow("stopped here");
  expect((await readdir(folder)).filter((name) => name.includes("failing"))).toEqual([]);
});

test("counts and sizes out of range are refused before anything is written", async () => {
  await expect(generateDataset(options("bad", { images: 0 }))).rejects.toThrow(
    "data synth images: expected a whole number from 1 to 1000000, got 0",
  );
  await expect(generateDataset(options("bad", { width: 10 }))).rejects.toThrow(/width: expected 64 to 4096/);
  expect(await readdir(folder)).not.toContain("bad");
});
