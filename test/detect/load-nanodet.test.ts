import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { normalise } from "../../datasets/image/normalise.ts";
import { readImage } from "../../datasets/image/read-image.ts";
import { boxIou } from "../../eval/analysis/person-groups.ts";
import { loadNanodet } from "../../src/detect/load-nanodet.ts";
import { buildNanodet, NANODET_CHANNELS } from "../../src/detect/nanodet.ts";
import type { PersonDetector } from "../../src/detect/person-detector.ts";
import { buildModel } from "../../src/models/build-model.ts";
import { readWeights, writeWeights } from "../../src/weights/model-weights.ts";
import { readSafetensors, writeSafetensors } from "../../src/weights/safetensors.ts";
import { readWeightsInfo } from "../../src/weights/weights-file.ts";
import { zooFiles } from "../../src/weights/zoo.ts";
import { testEngine } from "../engine.ts";
import { formulaPicture } from "./formula-picture.ts";

const SHIPPED = zooFiles("nanodet-g_416").weights;

let folder: string;
let detector: PersonDetector;
beforeAll(async () => {
  await testEngine();
  folder = await mkdtemp(join(tmpdir(), "dypose-nanodet-"));
  detector = await loadNanodet();
});
afterAll(async () => {
  detector.dispose();
  await rm(folder, { recursive: true, force: true });
});

interface GoldenCell {
  readonly stride: number;
  readonly cell: number;
  readonly score: number;
  readonly bins: readonly number[];
}

test("it answers what the graph model answers that its weights came from", async () => {
  const golden: GoldenCell[] = JSON.parse(
    readFileSync(fileURLToPath(new URL("../fixtures/detect/golden.json", import.meta.url)), "utf8"),
  );
  const { model } = buildNanodet();
  writeWeights(model, (await readSafetensors(SHIPPED)).tensors, SHIPPED);
  const input = new Float32Array(3 * 416 ** 2);
  normalise(formulaPicture(416, 416).data, input);
  const outputs = tf.tidy(() => model.apply(tf.tensor4d(input, [1, 416, 416, 3])) as tf.Tensor[]);
  const answers = new Map(outputs.map((output) => [416 / (output.shape[1] as number), output.dataSync()]));
  let [worstScore, worstBin] = [0, 0];
  for (const { stride, cell, score, bins } of golden) {
    const values = answers.get(stride)?.subarray(NANODET_CHANNELS * cell, NANODET_CHANNELS * (cell + 1));
    const [logit = Number.NaN, ...ours] = values ?? [];
    worstScore = Math.max(worstScore, Math.abs(1 / (1 + Math.exp(-logit)) - score));
    bins.forEach((bin, i) => {
      worstBin = Math.max(worstBin, Math.abs(bin - (ours[i] as number)));
    });
  }
  tf.dispose(outputs);
  model.dispose();
  expect(golden).toHaveLength(88); // ⌈52² / 41⌉ + ⌈26² / 41⌉ + ⌈13² / 41⌉ = 66 + 17 + 5
  expect(worstScore).toBeLessThan(1e-3);
  expect(worstBin).toBeLessThan(1e-3);
});

test("nobody is found in a picture of nobody, whatever its size", async () => {
  for (const [width, height] of [
    [640, 480],
    [1, 1],
    [3, 900],
  ] as const) {
    const grey = { width, height, data: new Uint8Array(width * height * 3).fill(127) };
    expect(await detector.detect(grey)).toEqual([]);
  }
});

test("no tensor is left behind, neither by a picture nor by a detector", async () => {
  const before = tf.memory().numTensors;
  const another = await loadNanodet();
  const loaded = tf.memory().numTensors;
  await another.detect(formulaPicture(64, 48), { minScore: 0 });
  await another.detect(formulaPicture(64, 48));
  expect(tf.memory().numTensors).toBe(loaded);
  another.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("every box lies in the picture, scores enough, and is one of at most so many, best first", async () => {
  const picture = formulaPicture(200, 300);
  const boxes = await detector.detect(picture, { minScore: 0.001, maxPersons: 30 });
  expect(boxes).toHaveLength(30);
  for (const [i, { x, y, width, height, score }] of boxes.entries()) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.min(width, height)).toBeGreaterThan(0);
    expect(x + width).toBeLessThanOrEqual(200 + 1e-9);
    expect(y + height).toBeLessThanOrEqual(300 + 1e-9);
    expect(score).toBeGreaterThanOrEqual(0.001);
    expect(score).toBeLessThanOrEqual(boxes[i - 1]?.score ?? 1);
  }
});

test("options out of their range are refused", async () => {
  const picture = formulaPicture(8, 8);
  await expect(detector.detect(picture, { minScore: 2 })).rejects.toThrow(
    "minScore: expected a score from 0 to 1, got 2",
  );
  await expect(detector.detect(picture, { maxPersons: 0 })).rejects.toThrow(
    "maxPersons: expected 1 or more, got 0",
  );
});

test("a file that is missing, cut short, no weights or another network's is named in one line", async () => {
  const tensors = tf.memory().numTensors;
  const bytes = await readFile(SHIPPED);
  const path = join(folder, "detector.safetensors");
  const refusal = async () => {
    const error: Error = await loadNanodet({ weights: path }).then(
      () => expect.unreachable(),
      (reason) => reason,
    );
    expect(error.message).not.toContain("\n");
    return error.message;
  };
  expect(await refusal()).toBe(`${path}: expected a safetensors file, got ENOENT`);
  await writeFile(path, bytes.subarray(0, 4_000_000));
  expect(await refusal()).toMatch(/: the file is truncated$/);
  await writeFile(path, "not weights at all");
  expect(await refusal()).toContain(`${path}: expected a safetensors header`);
  const pose = buildModel({
    name: "mobilenetv2-0.5_bottleneck",
    inputSize: [64, 64],
    numKeypoints: 1,
    initialize: false,
  });
  await writeSafetensors(path, { tensors: await readWeights(pose), metadata: {} });
  pose.dispose();
  expect(await refusal()).toContain(`${path}: expected weights of nanodet-g, got those of another model: `);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("the detector's weights are no pose network's", async () => {
  await expect(readWeightsInfo(SHIPPED)).rejects.toThrow(
    `${SHIPPED}: expected weights of a pose network, got those of the detector nanodet-g`,
  );
});

const DATA = join(process.env["DYPOSE_DATA"] ?? "../shared/data", "coco");
const LABELS = join(DATA, "annotations/person_keypoints_val2017.json");

describe.skipIf(!existsSync(LABELS))("real photographs (need ../shared/data or DYPOSE_DATA)", () => {
  test("finds nearly everyone who is large and alone enough to be seen", async () => {
    const coco = JSON.parse(readFileSync(LABELS, "utf8"));
    const complete = coco.images.filter(
      ({ ann_source }: { ann_source: string }) => ann_source === "coco_json",
    );
    let [found, all] = [0, 0];
    for (const { id, file_name } of complete.slice(0, 12)) {
      const boxes = await detector.detect(await readImage(join(DATA, "val2017", file_name)), {
        minScore: 0.2,
      });
      for (const person of coco.annotations) {
        if (person.image_id !== id || person.iscrowd || !person.num_keypoints || person.area < 96 ** 2)
          continue;
        all += 1;
        if (boxes.some(({ x, y, width, height }) => boxIou([x, y, width, height], person.bbox) >= 0.5))
          found += 1;
      }
    }
    expect(all).toBeGreaterThan(5);
    expect(found / all).toBeGreaterThan(0.9);
  });
});
