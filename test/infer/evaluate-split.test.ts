import { beforeAll, expect, test } from "vitest";
import type { CocoKeypoints } from "../../datasets/coco/coco-keypoints.ts";
import { type PersonSplit, scoreSplit } from "../../src/infer/evaluate-split.ts";
import { settingFacts } from "../../src/infer/inference-settings.ts";
import { truthBoxes } from "../../src/infer/person-boxes.ts";
import { testEngine } from "../engine.ts";
import { type PaintedPerson, paintedBatch, paintedNetwork } from "./painted-network.ts";

beforeAll(testEngine);

const PERSON: PaintedPerson = {
  imageId: 7,
  annotationId: 70,
  box: [100, 200, 60, 80],
  points: [
    [20, 20],
    [8, 40],
    [32, 48],
  ],
  peak: 0.8,
};

/** One image with one person, labelled where {@link PERSON}'s peaks are, of a category that is not COCO's 1. */
const COCO: CocoKeypoints = {
  file: "annotations.json",
  images: [{ id: 7, fileName: "7.jpg", width: 640, height: 480 }],
  categories: [{ id: 3, name: "person", keypoints: [] }],
  annotations: [
    {
      id: 70,
      imageId: 7,
      categoryId: 3,
      // The padded box is 75x100 from (92.5, 190), 1.5625 image pixels a crop pixel: (20, 20) -> (123.75, 221.25)
      keypoints: [123.75, 221.25, 2, 105, 252.5, 2, 142.5, 265, 2],
      numKeypoints: 3,
      box: [100, 200, 60, 80],
      area: 4800,
      isCrowd: false,
    },
  ],
};

const SPLIT: PersonSplit = {
  files: { annotations: "annotations.json", images: "val" },
  coco: COCO,
  boxes: truthBoxes(COCO),
};

const network = paintedNetwork();
const loader = {
  badImages: new Map<string, string>(),
  async *epoch() {
    yield paintedBatch(network, [PERSON]);
  },
};

test("a person found where it is labelled scores 1, whatever number its category has", async () => {
  const seen: number[][] = [];
  const onProgress = (...counts: number[]) => seen.push(counts);
  const scored = await scoreSplit(network, SPLIT, loader, { flipTest: false, onProgress });
  expect(scored.results).toMatchObject([{ imageId: 7, categoryId: 3 }]);
  expect(scored.evaluation.stats[0]).toBeCloseTo(1, 12);
  expect(scored.pictures).toEqual({ folder: "val", fileNames: new Map([[7, "7.jpg"]]) });
  expect(seen).toEqual([[1, 1]]);
});

test("the settings say how the results were made: duplicates stay among labelled boxes, go among a detector's", async () => {
  const labelled = await scoreSplit(network, SPLIT, loader, { flipTest: false });
  expect(Object.fromEntries(settingFacts(labelled.settings))).toMatchObject({
    images: "annotations.json, 1 images",
    boxes: "ground truth, 1 persons with labelled keypoints, no crowds",
    input: "64x48, heatmaps 16x12, box padded by 1.25 to the input's aspect",
    "flip test": "off",
    NMS: "none",
    area: "extent of each result's keypoints (results have no box)",
  });

  const boxes = { ...SPLIT.boxes, fromTruth: false, source: "boxes.json, 1 boxes" };
  const split = { ...SPLIT, boxes };
  const detected = await scoreSplit(network, split, loader, { flipTest: true, withBox: true });
  expect(detected.settings).toMatchObject({
    boxes: "boxes.json, 1 boxes",
    flipTest: "on, mirrored heatmaps moved 1 cell",
    nms: "hard OKS-NMS at 0.9",
    area: "each result's box",
  });
});
