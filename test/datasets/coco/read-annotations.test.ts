import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readAnnotations, readTruth, truthOf } from "../../../datasets/coco/read-annotations.ts";

const folder = mkdtempSync(join(tmpdir(), "read-annotations-"));
const file = join(folder, "person_keypoints.json");
afterAll(() => rmSync(folder, { recursive: true }));

const IMAGE = { id: 7, file_name: "7.jpg", width: 640, height: 480, license: 1 };
const CATEGORY = { id: 1, name: "person", keypoints: ["nose", "left_eye"] };
const PERSON = {
  id: 183126,
  image_id: 7,
  category_id: 1,
  keypoints: [10, 20, 2, 0, 0, 0],
  num_keypoints: 1,
  bbox: [1, 2, 30, 40],
  area: 600.5,
  iscrowd: 0,
  segmentation: [[1, 2, 3, 4, 5, 6]],
};

function write(changes: { images?: unknown; annotations?: unknown; categories?: unknown }): void {
  const content = {
    info: { year: 2017 },
    images: [IMAGE],
    annotations: [PERSON],
    categories: [CATEGORY],
    ...changes,
  };
  writeFileSync(file, JSON.stringify(content));
}

test("COCO's records come out in our words, what we do not use left out", async () => {
  write({});
  const coco = await readAnnotations(file);
  expect(coco).toEqual({
    file,
    images: [{ id: 7, fileName: "7.jpg", width: 640, height: 480 }],
    annotations: [
      {
        id: 183126,
        imageId: 7,
        categoryId: 1,
        keypoints: [10, 20, 2, 0, 0, 0],
        numKeypoints: 1,
        box: [1, 2, 30, 40],
        area: 600.5,
        isCrowd: false,
      },
    ],
    categories: [CATEGORY],
  });
  expect(truthOf(coco)).toEqual({ imageIds: [7], categoryIds: [1], annotations: coco.annotations });
});

test("a person without an area gets 0.53 of the box, and is marked", async () => {
  write({ annotations: [{ ...PERSON, area: undefined }] });
  const [person] = (await readAnnotations(file)).annotations;
  expect(person).toMatchObject({ area: 40 * 30 * 0.53, areaEstimated: true });
  expect((await readTruth(file)).estimatedAreas).toBe(1);
});

test("ground truth to evaluate with needs no more of an image than its id", async () => {
  write({ images: [{ id: 7 }, { id: 8, file_name: "8.jpg", crowdIndex: 0.3 }] });
  const { truth, fileNames, crowdIndices, keypointNames } = await readTruth(file);
  expect(truth.imageIds).toEqual([7, 8]);
  expect([fileNames, crowdIndices]).toEqual([new Map([[8, "8.jpg"]]), new Map([[8, 0.3]])]);
  expect(keypointNames).toEqual([CATEGORY.keypoints]);
  await expect(readAnnotations(file)).rejects.toThrow(`${file} images[0] (id 7).file_name: expected string`);
});

const person = (changes: object) => ({ annotations: [PERSON, { ...PERSON, id: 5, ...changes }] });

test.each([
  [
    person({ keypoints: [1, 2, 2] }),
    "annotation 5: expected 6 keypoint numbers (3 for each of the 2 keypoints of category 1), got 3",
  ],
  [
    person({ keypoints: [1, 2, "2", 0, 0, 0] }),
    'annotations[1] (id 5).keypoints: expected an array of finite numbers, got [1,2,"2",0,0,0]',
  ],
  [
    person({ keypoints: undefined }),
    "annotations[1] (id 5).keypoints: expected an array of finite numbers, got nothing",
  ],
  [
    person({ bbox: [1, 2, 3] }),
    "annotations[1] (id 5).bbox: expected 4 numbers (x, y, width, height), got [1,2,3]",
  ],
  [person({ id: "5" }), 'annotations[1].id: expected number, got "5"'],
  [person({ iscrowd: 2 }), "annotations[1] (id 5).iscrowd: expected"],
  [{ annotations: [null] }, "annotations[0]: expected object, got null"],
  [{ images: [{ ...IMAGE, width: 0 }] }, "images[0] (id 7).width: expected"],
  [{ categories: undefined }, 'expected an array "categories", got none'],
  [{ images: {} }, 'expected an array "images", got none'],
])("%j is refused by name", async (changes, message) => {
  write(changes);
  await expect(readAnnotations(file)).rejects.toThrow(message);
  await expect(readAnnotations(file)).rejects.toThrow(file);
});

test("a results file is not taken for annotations", async () => {
  writeFileSync(file, "[]");
  await expect(readAnnotations(file)).rejects.toThrow(
    `${file}: expected an object of images and annotations, got an array`,
  );
});
