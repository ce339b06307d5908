import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_AUGMENTATION } from "../../../datasets/augment/augmentation.ts";
import { createLoader, type Loader } from "../../../datasets/loader/loader.ts";
import type { LoaderOptions } from "../../../datasets/loader/loader-options.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";
import { makePersons, makePictures, picture } from "./picture-folder.ts";

const PICTURES = 6;
const SAMPLES = makePersons(PICTURES);
let dir = "";
let remove = () => {};

beforeAll(async () => {
  ({ dir, remove } = await makePictures(PICTURES));
});

afterAll(() => remove());

function open(options: Partial<LoaderOptions> = {}): Loader {
  return createLoader({
    samples: SAMPLES,
    imageDir: dir,
    skeleton: COCO_SKELETON,
    inputSize: [64, 48],
    heatmapSize: [16, 12],
    batchSize: 5,
    seed: 11,
    shuffle: true,
    augmentation: DEFAULT_AUGMENTATION,
    ...options,
  });
}

/** What a step of an epoch holds, boiled down. */
interface Digest {
  step: number;
  annotationIds: number[];
  bytes: string;
}

async function digests(loader: Loader, epoch: number, startStep?: number): Promise<Digest[]> {
  const found: Digest[] = [];
  for await (const batch of loader.epoch(epoch, startStep)) {
    const hash = createHash("sha256");
    for (const array of [batch.images, batch.heatmaps, batch.weights]) hash.update(array);
    hash.update(JSON.stringify(batch.crops));
    found.push({ step: batch.step, annotationIds: [...batch.annotationIds], bytes: hash.digest("hex") });
  }
  return found;
}

/** Opens a loader, digests epochs 0 and 1, and closes it. */
async function twoEpochs(options: Partial<LoaderOptions>): Promise<Digest[]> {
  const loader = open(options);
  const both = [...(await digests(loader, 0)), ...(await digests(loader, 1))];
  await loader.close();
  return both;
}

const idsOf = (found: readonly Digest[]) => found.flatMap(({ annotationIds }) => annotationIds);
const ascending = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
const ALL_IDS = SAMPLES.map(({ annotationId }) => annotationId);

test("an epoch visits every sample once, in file order unless shuffled, the last batch short", async () => {
  const loader = open({ shuffle: false, augmentation: undefined });
  expect(loader.stepsPerEpoch).toBe(3);
  const sizes: number[] = [];
  const ids: number[] = [];
  for await (const batch of loader.epoch(0)) {
    sizes.push(batch.size);
    ids.push(...batch.annotationIds);
    expect(batch.images.length).toBe(batch.size * 64 * 48 * 3);
    expect(batch.heatmaps.length).toBe(batch.size * 16 * 12 * 17);
    expect(batch.weights.length).toBe(batch.size * 17);
    expect([batch.imageIds.length, batch.boxes.length, batch.crops.length]).toEqual(
      Array(3).fill(batch.size),
    );
    expect(batch.waitedMs).toBeGreaterThan(0);
  }
  expect(sizes).toEqual([5, 5, 2]);
  expect(ids).toEqual(ALL_IDS);
});

test("dropLast leaves the short batch out", async () => {
  const loader = open({ dropLast: true });
  expect(loader.stepsPerEpoch).toBe(2);
  expect((await digests(loader, 0)).map(({ annotationIds }) => annotationIds.length)).toEqual([5, 5]);
});

test("each epoch has its own order and crops; the same seed repeats them, another does not", async () => {
  const loader = open();
  const [first, second] = [await digests(loader, 0), await digests(loader, 1)];
  expect(ascending(idsOf(first))).toEqual(ascending(ALL_IDS));
  expect(ascending(idsOf(second))).toEqual(ascending(ALL_IDS));
  expect(idsOf(second)).not.toEqual(idsOf(first));
  expect(await digests(loader, 0)).toEqual(first);
  expect(idsOf(await digests(open({ seed: 12 }), 0))).not.toEqual(idsOf(first));
});

test("batches are the same whatever the number of threads, with and without kept images", async () => {
  const expected = await twoEpochs({});
  // One picture takes 160 · 120 · 3 = 57,600 bytes: 0.12 MiB keep two of the six.
  const variants = [
    { workers: 1 },
    { workers: 3, prefetch: 1 },
    { workers: 2, cacheMegabytes: 10 },
    { workers: 0, cacheMegabytes: 0.12 },
    { workers: 7, prefetch: 4, cacheMegabytes: 0.12 },
  ];
  for (const variant of variants) {
    expect(await twoEpochs(variant), JSON.stringify(variant)).toEqual(expected);
  }
});

test("an epoch begun in the middle gives the batches it would have given", async () => {
  for (const workers of [0, 2]) {
    const loader = open({ workers });
    const whole = await digests(loader, 4);
    expect(await digests(loader, 4, 1)).toEqual(whole.slice(1));
    expect(await digests(loader, 4, 3)).toEqual([]);
    await loader.close();
  }
});

test("an epoch left early leaves nothing behind for the next", async () => {
  const loader = open({ workers: 2 });
  const expected = await digests(loader, 1);
  for await (const batch of loader.epoch(0)) {
    expect(batch.step).toBe(0);
    break;
  }
  expect(await digests(loader, 1)).toEqual(expected);
  await loader.close();
});

test("a second epoch at the same time is an error, and so is one after closing", async () => {
  const loader = open();
  const first = loader.epoch(0);
  await first.next();
  await expect(loader.epoch(1).next()).rejects.toThrow(/one epoch at a time/);
  await first.return();
  await loader.close();
  await loader.close();
  await expect(loader.epoch(1).next()).rejects.toThrow(/closed/);
});

test("batches take turns in as many memories as there are batches ahead, and one more", async () => {
  for (const [workers, prefetch, memories] of [
    [2, 1, 2],
    [2, 2, 3],
    [0, 2, 1],
  ] as const) {
    const loader = open({ workers, prefetch, batchSize: 2 });
    const buffers: unknown[] = [];
    for (const epoch of [0, 1]) {
      for await (const batch of loader.epoch(epoch)) buffers.push(batch.images.buffer);
    }
    expect(buffers).toHaveLength(12);
    expect(new Set(buffers).size).toBe(memories);
    if (memories > 1) expect(buffers[1]).not.toBe(buffers[0]);
    await loader.close();
  }
});

test("without targets batches carry images and regions alone", async () => {
  const boxes = SAMPLES.map((sample) => ({ ...sample, annotationId: 0, keypoints: [] }));
  for await (const batch of open({ samples: boxes, targets: false, augmentation: undefined }).epoch(0)) {
    expect([batch.heatmaps.length, batch.weights.length]).toEqual([0, 0]);
    expect(batch.images.length).toBe(batch.size * 64 * 48 * 3);
  }
});

test.each([0, 2])("an unreadable image is an error with its path (%i threads)", async (workers) => {
  const samples = SAMPLES.map((sample, i) => (i === 7 ? { ...sample, fileName: "gone.jpg" } : sample));
  const loader = open({ samples, workers, shuffle: false });
  await expect(digests(loader, 0)).rejects.toThrow(`${join(dir, "gone.jpg")}: expected a readable image`);
  await loader.close();
});

test("an image cut short is an error, though the crop may lie above the damage", async () => {
  writeFileSync(join(dir, "short.jpg"), (await picture(1)).subarray(0, -100));
  const high = {
    ...(SAMPLES[0] as (typeof SAMPLES)[0]),
    fileName: "short.jpg",
    box: { x: 40, y: 0, width: 20, height: 20 },
  };
  const loader = open({ samples: [high], augmentation: undefined });
  await expect(digests(loader, 0)).rejects.toThrow(
    /short.jpg: expected a readable image, got: .*premature end/,
  );
  rmSync(join(dir, "short.jpg"));
});

test("skipping bad images counts them and fills their places, the same for any number of threads", async () => {
  const samples = SAMPLES.map((sample, i) =>
    i === 3 || i === 4 ? { ...sample, fileName: `no${i}.jpg` } : sample,
  );
  const run = async (workers: number) => {
    const loader = open({ samples, workers, shuffle: false, skipBadImages: true });
    const found = [...(await digests(loader, 0)), ...(await digests(loader, 1))];
    await loader.close();
    expect([...loader.badImages.keys()].sort()).toEqual([join(dir, "no3.jpg"), join(dir, "no4.jpg")]);
    expect(loader.badImages.get(join(dir, "no3.jpg"))).toMatch(/expected a readable image/);
    return found;
  };
  const found = await run(0);
  // Places 3 and 4 both go on to sample 5, the next that can be read.
  const fifth = ALL_IDS[5];
  expect(found[0]?.annotationIds).toEqual([...ALL_IDS.slice(0, 3), fifth, fifth]);
  expect(await run(3)).toEqual(found);
});

test("skipping without targets leaves the sample out: nobody is found twice", async () => {
  const samples = SAMPLES.map((sample, i) =>
    i === 1 || i >= 10 ? { ...sample, fileName: "no.jpg" } : sample,
  );
  const options = { targets: false, shuffle: false, skipBadImages: true, augmentation: undefined } as const;
  const loader = open({ samples, ...options });
  const found = await digests(loader, 0);
  // The last two samples are a batch of their own: it is not made.
  expect(found.map(({ annotationIds }) => annotationIds)).toEqual([
    [ALL_IDS[0], ...ALL_IDS.slice(2, 5)],
    ALL_IDS.slice(5, 10),
  ]);
  // The rows after the gap have moved up with their images.
  const alone = await digests(open({ ...options, samples: samples.slice(2, 5), batchSize: 3 }), 0);
  const behind = open({ ...options, samples: samples.slice(1, 5), batchSize: 4 });
  expect(await digests(behind, 0)).toEqual(alone);
});

test("when no image can be read, skipping ends with an error", async () => {
  const samples = SAMPLES.map((sample) => ({ ...sample, fileName: "no.jpg" }));
  await expect(digests(open({ samples, skipBadImages: true }), 0)).rejects.toThrow(
    /expected a readable image among 12 samples, got none; .*no.jpg/,
  );
});

test.each(["../secret.jpg", "/etc/passwd", "a/../../b.jpg", "", ".."])(
  "a file name that leads out of the folder is an error: %j",
  (fileName) => {
    const samples = [{ ...(SAMPLES[0] as (typeof SAMPLES)[0]), fileName }];
    expect(() => open({ samples })).toThrow(/expected a path inside/);
  },
);

test("options out of bounds and keypoints of another skeleton are errors", () => {
  expect(() => open({ batchSize: 0 })).toThrow(/whole batchSize of 1 or more, got 0/);
  expect(() => open({ workers: 1.5 })).toThrow(/whole workers of 0 or more, got 1.5/);
  expect(() => open({ cacheMegabytes: Number.NaN })).toThrow(/cacheMegabytes/);
  expect(() => open({ codec: "none" })).toThrow(/expected one of gaussian/);
  const samples = [{ ...(SAMPLES[0] as (typeof SAMPLES)[0]), annotationId: 77, keypoints: [1, 2, 3] }];
  expect(() => open({ samples })).toThrow("annotation 77: expected 51 keypoint numbers, got 3");
  const flat = [
    { ...(SAMPLES[0] as (typeof SAMPLES)[0]), annotationId: 0, box: { x: 1, y: 2, width: 0, height: 9 } },
  ];
  expect(() => open({ samples: flat })).toThrow(
    "image 100: expected a box of positive width and height, got [1, 2, 0, 9]",
  );
});

test("images are kept up to the limit, and closing ends the threads", async () => {
  const threads: Worker[] = [];
  const onThread = (thread: Worker) => threads.push(thread);
  process.on("worker", onThread);
  const loader = open({ workers: 2, cacheMegabytes: 0.12 });
  for (let epoch = 0; epoch < 5; epoch += 1) await digests(loader, epoch);
  process.off("worker", onThread);
  expect(threads).toHaveLength(2);
  // 0.12 MiB are 125,829 bytes: two pictures of 57,600.
  expect(loader.cachedBytes).toBe(2 * 57_600);
  await loader.close();
  // A thread that has ended has no id.
  expect(threads.map(({ threadId }) => threadId)).toEqual([-1, -1]);
});
