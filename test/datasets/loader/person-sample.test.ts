import { expect, test } from "vitest";
import { selectPersons } from "../../../datasets/loader/person-sample.ts";

const images = [{ id: 1, fileName: "a.jpg", width: 100, height: 80 }];
const person = {
  id: 1,
  imageId: 1,
  categoryId: 1,
  keypoints: [10, 10, 2, 0, 0, 0],
  numKeypoints: 1,
  box: [5, 5, 40, 60] as const,
  area: 900,
  isCrowd: false,
};

/** Ids of the annotations that are selected. */
function selected(...changes: Partial<typeof person>[]): number[] {
  const annotations = changes.map((change, i) => ({ ...person, id: i + 1, ...change }));
  return selectPersons({ images, annotations }).map(({ annotationId }) => annotationId);
}

test("persons with a labelled keypoint and an area are selected, crowds are not", () => {
  expect(selected({}, { isCrowd: true }, { area: 0 }, { keypoints: [10, 10, 0, 0, 0, 0] }, {})).toEqual([
    1, 5,
  ]);
});

test("a hidden keypoint counts as labelled", () => {
  expect(selected({ keypoints: [0, 0, 0, 5, 5, 1] })).toEqual([1]);
});

test("a box outside the image leaves nobody to crop; one partly outside is clipped", () => {
  const outside = { ...person, id: 2, box: [100, 0, 10, 10] as const };
  const partly = { ...person, id: 3, box: [-10, 40, 30, 60] as const };
  const empty = { ...person, id: 4, box: [10, 10, 0, 20] as const };
  const samples = selectPersons({ images, annotations: [outside, partly, empty] });
  expect(samples.map(({ annotationId, box }) => [annotationId, box])).toEqual([
    [3, { x: 0, y: 40, width: 20, height: 40 }],
  ]);
  expect(samples[0]).toMatchObject({ imageId: 1, fileName: "a.jpg", keypoints: person.keypoints });
});

test("an annotation of an image that is not listed is an error with its id", () => {
  const annotations = [{ ...person, id: 9, imageId: 7 }];
  expect(() => selectPersons({ images, annotations })).toThrow(
    "annotation 9: expected a listed image, got image_id 7",
  );
});
