import { splitMix32 } from "../../../eval/analysis/compare-results.ts";
import type { KeypointTruth, TruthAnnotation } from "../../../eval/keypoint-data.ts";
import { COCO_SKELETON } from "../../../eval/skeletons/coco.ts";

/** Where the keypoints of a standing person are, as shares of the box: a rough figure facing the camera. */
const FIGURE: readonly (readonly [x: number, y: number])[] = [
  [0.5, 0.08],
  [0.55, 0.06],
  [0.45, 0.06],
  [0.6, 0.08],
  [0.4, 0.08],
  [0.75, 0.22],
  [0.25, 0.22],
  [0.85, 0.37],
  [0.15, 0.37],
  [0.9, 0.5],
  [0.1, 0.5],
  [0.65, 0.52],
  [0.35, 0.52],
  [0.66, 0.74],
  [0.34, 0.74],
  [0.67, 0.95],
  [0.33, 0.95],
];

/** Images of up to six standing persons, some partly labelled, a few crowds and persons without keypoints. */
export function syntheticTruth(numImages: number, seed = 1): KeypointTruth {
  const random = splitMix32(seed);
  const annotations: TruthAnnotation[] = [];
  for (let imageId = 1; imageId <= numImages; imageId++) {
    const count = Math.floor(random() * 7);
    for (let person = 0; person < count; person++) {
      const height = 40 + 300 * random() ** 2;
      const [x, y, width] = [560 * random(), 400 * random(), height * (0.35 + 0.2 * random())];
      const unlabelled = random() < 0.3 ? random() : 0;
      const isCrowd = random() < 0.04;
      const keypoints = FIGURE.flatMap(([left, top]) =>
        isCrowd || random() < unlabelled
          ? [0, 0, 0]
          : [Math.round(x + left * width), Math.round(y + top * height), random() < 0.8 ? 2 : 1],
      );
      const numKeypoints = COCO_SKELETON.keypoints.filter((_, k) => (keypoints[3 * k + 2] ?? 0) > 0).length;
      annotations.push({
        id: annotations.length + 1,
        imageId,
        categoryId: 1,
        keypoints,
        numKeypoints,
        box: [x, y, width, height],
        area: 0.55 * width * height,
        isCrowd,
      });
    }
  }
  return {
    imageIds: Array.from({ length: numImages }, (_, index) => index + 1),
    categoryIds: [1],
    annotations,
  };
}
