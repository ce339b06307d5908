import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PersonDetector } from "../../src/detect/person-detector.ts";
import { PosePredictor } from "../../src/infer/pose-predictor.ts";
import { TINY_MODEL, writeUntrained } from "../cli/tiny-world.ts";
import { testEngine } from "../engine.ts";
import { tensorCount } from "./painted-network.ts";

let folder: string;
let weights: string;
let engine: Awaited<ReturnType<typeof testEngine>>["name"];
beforeAll(async () => {
  engine = (await testEngine()).name;
  folder = await mkdtemp(join(tmpdir(), "dypose-predictor-"));
  weights = await writeUntrained(folder, TINY_MODEL);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const GREY = { width: 80, height: 60, data: new Uint8Array(80 * 60 * 3).fill(128) };
const BOX = { x: 10, y: 10, width: 30, height: 40 };

test("boxes that are given are looked into; without any, the detector's are", async () => {
  const boxes = [{ ...BOX, score: 0.5 }];
  let disposed = 0;
  const detector: PersonDetector = {
    name: "mine",
    detect: async () => boxes,
    dispose: () => void disposed++,
  };
  const predictor = await PosePredictor.load(weights, { engine, detector });
  const [given, ...others] = await predictor.detect(GREY, [BOX]);
  expect(given?.box).toEqual(BOX);
  expect(others).toEqual([]);
  const found = await predictor.detect(GREY);
  // an untrained network may see no keypoint at all; if it sees one, it is in the detector's box
  for (const { box } of found) expect(box).toEqual(BOX);
  expect(found).toHaveLength((given?.score ?? 0) > 0 ? 1 : 0);
  predictor.dispose();
  // whoever made it may need it elsewhere
  expect(disposed).toBe(0);
});

test("without a detector and boxes the whole picture is one person's box", async () => {
  const predictor = await PosePredictor.load(weights, { engine, detector: "none" });
  const poses = await predictor.detect(GREY);
  expect(poses.map(({ box }) => box)).toEqual([{ x: 0, y: 0, width: 80, height: 60 }]);
  predictor.dispose();
});

test("the detector that comes with the package is loaded when it is first needed, once, and goes with the predictor", async () => {
  const before = tensorCount();
  const predictor = await PosePredictor.load(weights, { engine });
  await predictor.detect(GREY, [BOX]);
  const withoutDetector = tensorCount();
  await Promise.all([predictor.detect(GREY), predictor.detect(GREY)]);
  const withDetector = tensorCount();
  // 34 convolutions, each with its bias
  expect(withDetector).toBeGreaterThanOrEqual(withoutDetector + 68);
  await predictor.detect(GREY);
  expect(tensorCount()).toBe(withDetector);
  predictor.dispose();
  predictor.dispose();
  expect(tensorCount()).toBe(before);
});

test("people are followed through frames, with ids, and no tensor is left behind", async () => {
  const detector: PersonDetector = {
    name: "mine",
    detect: async () => [{ ...BOX, score: 0.9 }],
    dispose() {},
  };
  const predictor = await PosePredictor.load(weights, { engine, detector });
  async function* film() {
    for (let i = 0; i < 4; i++) yield { ...GREY, seconds: i / 25, number: i };
  }
  const seen: number[] = [];
  const counts: number[] = [];
  for await (const { image, persons } of predictor.track(film())) {
    seen.push(image.number);
    counts.push(tensorCount());
    for (const { keypoints } of persons) expect(keypoints[0]?.name).toBe("nose");
  }
  expect(seen).toEqual([0, 1, 2, 3]);
  expect(counts[3]).toBe(counts[1]);
  predictor.dispose();
});
