import { cropOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import type { PersonDetector } from "../detect/person-detector.ts";
import { type DetectOptions, detectPoses, type Pose } from "./detect-poses.ts";
import { oksNms } from "./oks-nms.ts";
import type { PoseNetwork } from "./pose-network.ts";

export interface FindOptions extends DetectOptions {
  /** How sure the detector is at least of a person, 0 to 1. @default 0.35 */
  readonly minPersonScore?: number | undefined;
  /** Persons of one picture at most, best first. @default 100 */
  readonly maxPersons?: number | undefined;
}

/**
 * Finds everybody in a picture and their poses: the detector's boxes, a pose in each, and of two poses that are the same
 * person the better one. Persons of whom no keypoint is seen are left out. Owns the tensors it makes and disposes all of
 * them; network and detector stay the caller's.
 *
 * @returns Best score first; a score is the detector's times the mean of the keypoints' above 0.2.
 * @throws {RangeError} If an option is out of its range.
 */
export async function findPersons(
  network: PoseNetwork,
  detector: PersonDetector,
  image: RgbImage,
  { minPersonScore, maxPersons, ...options }: FindOptions = {},
): Promise<Pose[]> {
  const boxes = await detector.detect(image, { minScore: minPersonScore, maxPersons });
  const inBoxes = await detectPoses(network, image, boxes, options);
  const poses = inBoxes.flatMap((pose, i): Pose[] => {
    const score = pose.score * (boxes[i]?.score ?? 1);
    return score > 0 ? [{ ...pose, score }] : [];
  });
  const candidates = poses.map(({ box, keypoints, score }) => {
    // The area that predictPersons goes by, so that a picture and a data set are scored alike.
    const { scale } = cropOfBox(box, network.codec.grid.inputSize, network.padding);
    return {
      keypoints: keypoints.flatMap((point) => [point.x, point.y, point.score]),
      score,
      area: scale.width * scale.height,
    };
  });
  return oksNms(candidates, network.skeleton.sigmas).map(({ index }) => poses[index] as Pose);
}
