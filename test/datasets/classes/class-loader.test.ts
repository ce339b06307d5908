import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClassSplit, readClassFolders } from "../../../datasets/classes/class-folders.ts";
import { type ClassLoaderOptions, createClassLoader } from "../../../datasets/classes/class-loader.ts";
import { DEFAULT_CLASS_AUGMENTATION } from "../../../datasets/classes/random-view.ts";
import { IMAGENET_MEAN, IMAGENET_STD } from "../../../datasets/image/normalise.ts";
import { drawClasses } from "./class-images.ts";

let folder: string;
let split: ClassSplit;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dypose-classes-"));
  await drawClasses(join(folder, "train"), 4, 1);
  split = await readClassFolders(join(folder, "train"));
});
afterAll(() => rm(folder, { recursive: true }));

async function batches(options: Partial<ClassLoaderOptions>, epoch = 0, startStep = 0) {
  const loader = createClassLoader({ samples: split.samples, inputSize: [32, 64], batchSize: 5, ...options });
  const found = [];
  for await (const { waitedMs: _, ...batch } of loader.epoch(epoch, startStep)) found.push(batch);
  return { loader, found };
}

const TRAINING = { augmentation: DEFAULT_CLASS_AUGMENTATION, shuffle: true, seed: 3 };

test("a folder of class folders is listed in the order of names", () => {
  expect(split.classes).toEqual(["disc", "square", "triangle"]);
  expect(split.samples).toHaveLength(12);
  expect(split.samples[4]).toEqual({ path: join(folder, "train", "square", "0.png"), label: 1 });
});

test("what is not a folder of the classes is refused, saying why", async () => {
  await mkdir(join(folder, "val", "disc"), { recursive: true });
  await mkdir(join(folder, "empty"), { recursive: true });
  await expect(readClassFolders(join(folder, "nowhere"))).rejects.toThrow(
    /nowhere: expected a folder of class folders, got ENOENT/,
  );
  await expect(readClassFolders(join(folder, "empty"))).rejects.toThrow(
    /empty: expected folders, one a class, got none/,
  );
  await expect(readClassFolders(join(folder, "val"))).rejects.toThrow(
    /disc: expected images of the class, got none/,
  );
  await expect(readClassFolders(join(folder, "val"), split.classes)).rejects.toThrow(
    /expected the 3 classes that training has, got no square/,
  );
});

test("an epoch visits each image once, with its own label, in another order each time", async () => {
  const orders = [];
  for (const epoch of [0, 1]) {
    const { loader, found } = await batches(TRAINING, epoch);
    expect(loader.stepsPerEpoch).toBe(3);
    expect(found.map(({ size }) => size)).toEqual([5, 5, 2]);
    const indices = found.flatMap((batch) => batch.indices);
    expect(indices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(found.flatMap((batch) => batch.labels)).toEqual(indices.map((i) => split.samples[i]?.label));
    orders.push(indices);
  }
  expect(orders[0]).not.toEqual(orders[1]);
});

test("a batch is the same whether the epoch began with it or before it", async () => {
  const whole = (await batches(TRAINING, 2)).found;
  const rest = (await batches(TRAINING, 2, 1)).found;
  expect(rest).toEqual(whole.slice(1));
});

test("pixels are those of the middle, normalised", async () => {
  const path = join(folder, "plain.png");
  const background = { r: 200, g: 100, b: 50 };
  await sharp({ create: { width: 90, height: 70, channels: 3, background } })
    .png()
    .toFile(path);
  const { found } = await batches({ samples: [{ path, label: 0 }] });
  const expected = [200, 100, 50].map(
    (value, c) => (value / 255 - (IMAGENET_MEAN[c] as number)) / (IMAGENET_STD[c] as number),
  );
  expect(found[0]?.images).toHaveLength(32 * 64 * 3);
  for (const [i, value] of (found[0]?.images ?? []).entries())
    expect(value).toBeCloseTo(expected[i % 3] as number, 5);
});

test("an image that cannot be read stops the epoch, or is counted and replaced", async () => {
  const bad = join(folder, "bad.png");
  await writeFile(bad, "not a picture");
  const samples = [...split.samples, { path: bad, label: 2 }];
  await expect(batches({ ...TRAINING, samples })).rejects.toThrow(/bad\.png: expected a readable image, got/);
  const shuffled = await batches({ ...TRAINING, samples, skipBadImages: true });
  expect(shuffled.found.map(({ size }) => size)).toEqual([5, 5, 3]);
  expect([...shuffled.loader.badImages.keys()]).toEqual([bad]);
  const inOrder = await batches({ samples, skipBadImages: true });
  expect(inOrder.found.map(({ size }) => size)).toEqual([5, 5, 2]);
});
