import type { TruthAnnotation } from "../../eval/keypoint-data.ts";
import type { DrawablePose } from "./pose-svg.ts";

/** A labelled person as something to draw: unlabelled keypoints score 0, hidden ones are hollow. */
export function truthPose({ keypoints, box }: Pick<TruthAnnotation, "keypoints" | "box">): DrawablePose {
  const [x, y, width, height] = box;
  return {
    box: { x, y, width, height },
    keypoints: Array.from({ length: keypoints.length / 3 }, (_, index) => {
      const [x = 0, y = 0, visibility = 0] = [0, 1, 2].map((offset) => keypoints[3 * index + offset]);
      return { x, y, score: visibility > 0 ? 1 : 0, hidden: visibility === 1 };
    }),
  };
}
