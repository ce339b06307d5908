import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_AUGMENTATION } from "../../../datasets/augment/augmentation.ts";
import { type BrowseOptions, browsePage, personCrops } from "../../../datasets/browse/browse-page.ts";
import { chooseImages } from "../../../datasets/browse/choose-images.ts";
import type { CocoKeypoints } from "../../../datasets/coco/coco-keypoints.ts";
import { readAnnotations } from "../../../datasets/coco/read-annotations.ts";
import { readImage } from "../../../datasets/image/read-image.ts";
import { selectPersons } from "../../../datasets/loader/person-sample.ts";
import { generateDataset } from "../../../datasets/synth/generate.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

let folder: string;
let coco: CocoKeypoints;
let images: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-browse-"));
  const out = join(folder, "data");
  await generateDataset({
    out,
    images: 6,
    valImages: 1,
    seed: 3,
    difficulty: "medium",
    width: 160,
    height: 120,
  });
  coco = await readAnnotations(join(out, "annotations/person_keypoints_train2017.json"));
  images = join(out, "train2017");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const OPTIONS: BrowseOptions = {
  skeleton: COCO_SKELETON,
  inputSize: [64, 48],
  padding: 1.25,
  augmentation: DEFAULT_AUGMENTATION,
  variants: 2,
  seed: 0,
};
const count = (text: string, part: string) => text.split(part).length - 1;

test("the page shows every image, and of every person the plain crop and the augmented ones", async () => {
  const page = await browsePage(coco, images, coco.images, OPTIONS);
  expect(count(page, "<section>")).toBe(6);
  expect(count(page, '<div class="person">')).toBe(coco.annotations.length);
  expect(count(page, "<img ")).toBe(6 + 3 * coco.annotations.length);
  for (const { id } of coco.annotations) expect(page).toContain(`annotation ${id} ·`);
});

test("the page asks nothing of any server, and runs nothing", async () => {
  const page = await browsePage(coco, images, coco.images.slice(0, 1), OPTIONS);
  expect(page).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/https?:|<script|<link|<iframe/);
  expect(count(page, 'src="data:image/jpeg;base64,')).toBe(count(page, "src="));
});

test("names in the data cannot break out of the page", async () => {
  const [image] = coco.images;
  if (!image) throw new Error("expected an image");
  const fileName = `"><svg onload=alert(1)>.jpg`;
  await copyFile(join(images, image.fileName), join(images, fileName));
  const page = await browsePage(coco, images, [{ ...image, fileName }], OPTIONS);
  expect(page).not.toContain("<svg");
  expect(page).toContain("&quot;&gt;&lt;svg onload=alert(1)&gt;.jpg");
});

test("crops have the size asked for, the same for the same seed, others for another", async () => {
  const [person] = selectPersons(coco);
  if (!person) throw new Error("expected a person");
  const image = await readImage(join(images, person.fileName));
  const [first, second] = [
    await personCrops(image, person, OPTIONS),
    await personCrops(image, person, OPTIONS),
  ];
  expect(first.map((crop) => crop.toString("base64"))).toEqual(second.map((crop) => crop.toString("base64")));
  const other = await personCrops(image, person, { ...OPTIONS, seed: 1 });
  expect(other[0]).toEqual(first[0]);
  expect(other[1]).not.toEqual(first[1]);
  for (const crop of first) {
    const { width, height } = await sharp(crop).metadata();
    expect([height, width]).toEqual([64, 48]);
  }
});

test("images are chosen by their ids, by those of annotations, or at random", () => {
  const ids = (choice: Parameters<typeof chooseImages>[1]) => chooseImages(coco, choice).map(({ id }) => id);
  expect(ids({ images: [5, 2], count: 1, seed: 0 })).toEqual([2, 5]);
  expect(ids({ annotations: [300], count: 1, seed: 0 })).toEqual([3]);
  expect(ids({ count: 3, seed: 0 })).toHaveLength(3);
  expect(ids({ count: 3, seed: 0 })).toEqual(ids({ count: 3, seed: 0 }));
  const withPeople = [...new Set(coco.annotations.map(({ imageId }) => imageId))];
  expect(ids({ count: 100, seed: 0 })).toEqual(withPeople);
  const drawn = new Set(Array.from({ length: 20 }, (_, seed) => ids({ count: 1, seed })).flat());
  expect(drawn.size).toBeGreaterThan(2);
  expect(() => ids({ images: [99], count: 1, seed: 0 })).toThrow(/expected ids of images, got 99/);
  expect(() => ids({ annotations: [7], count: 1, seed: 0 })).toThrow(/expected ids of annotations, got 7/);
});
