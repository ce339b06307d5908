import { expect, test } from "vitest";
import type { CocoKeypoints, PersonAnnotation } from "../../../datasets/coco/coco-keypoints.ts";
import { datasetStats } from "../../../datasets/stats/dataset-stats.ts";

const person = (id: number, imageId: number, more: Partial<PersonAnnotation> = {}): PersonAnnotation => ({
  id,
  imageId,
  categoryId: 1,
  keypoints: [5, 5, 2, 6, 6, 1],
  numKeypoints: 2,
  box: [0, 0, 50, 100],
  area: 2000,
  isCrowd: false,
  ...more,
});
const image = (id: number, width: number) => ({ id, fileName: `${id}.jpg`, width, height: 480 });
const coco: CocoKeypoints = {
  file: "f.json",
  images: [image(1, 640), image(2, 320), image(3, 500)],
  annotations: [
    person(1, 1),
    person(2, 1, { area: 32 ** 2 - 1, keypoints: [5, 5, 1, 0, 0, 0], numKeypoints: 1 }),
    person(3, 2, { area: 96 ** 2, box: [0, 0, 200, 100] }),
    person(4, 2, { isCrowd: true }),
    person(5, 3, { keypoints: [0, 0, 0, 0, 0, 0], numKeypoints: 0 }),
  ],
  categories: [{ id: 1, name: "person", keypoints: ["head", "tail"] }],
};

test("crowds and people without labels are counted apart", () => {
  const stats = datasetStats(coco);
  expect([stats.images, stats.imagesWithPeople, stats.annotations]).toEqual([3, 2, 5]);
  expect([stats.labelledPeople, stats.crowds]).toEqual([3, 1]);
});

test("areas fall into COCO's ranges, their upper bounds excluded", () => {
  expect(datasetStats(coco).areas).toEqual({ small: 1, medium: 1, large: 1 });
});

test("keypoints are counted by visibility", () => {
  expect(datasetStats(coco).keypoints).toEqual([
    { name: "head", visible: 2, hidden: 1, unlabelled: 0 },
    { name: "tail", visible: 0, hidden: 2, unlabelled: 1 },
  ]);
  expect(datasetStats(coco).keypointCounts).toEqual([0, 1, 2]);
});

test("spreads run from the least to the greatest", () => {
  const { imageWidth, peopleAnImage, boxAspect } = datasetStats(coco);
  expect(imageWidth).toEqual({ min: 320, q1: 500, median: 500, q3: 640, max: 640 });
  expect(peopleAnImage).toMatchObject({ min: 1, max: 2 });
  expect(boxAspect).toMatchObject({ min: 0.5, max: 2 });
});

test("an empty data set has counts of 0 and no spreads", () => {
  const stats = datasetStats({ ...coco, images: [], annotations: [] });
  expect([stats.images, stats.labelledPeople, stats.imageWidth, stats.boxHeight]).toEqual([0, 0, null, null]);
});
