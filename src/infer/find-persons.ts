import { cropOfBox } from "../../datasets/crop/crop-geometry.ts";
import type { RgbImage } from "../../datasets/image/rgb-image.ts";
import type { PersonDetector } from "../detect/person-detector.ts";
import { type DetectOptions, detectPoses, type Pose } from "./detect-poses.ts";
import { oksNms } from "./oks-nms.ts";
import type { PoseNetwork } from "./pose-network.ts";

/**
 * Most of what the detector takes for a person at 0.2 is nobody; their keypoints tell. On 77 images of COCO val2017, boxes
 * of 0.2 and poses of 0.2 give 70% of the labelled persons at OKS .5, and 88% of what is given is one of them.
 */
const DEFAULT_MIN_PERSON_SCORE = 0.2;

export interface FindOptions extends DetectOptions {
  /** A person's score at least: the detector's times the mean of the keypoints' above 0.2. @default 0.2 */
  readonly minPersonScore?: number | undefined;
  /** Persons of one picture at most, best first. @default 100 */
  readonly maxPersons?: number | undefined;
}

/**
 * Finds everybody in a picture and their poses: the detector's boxes, a pose in each, and of two poses that are the same
 * person the better one. Left out are persons whose score is too low, or of whom no keypoint is seen. Owns the tensors it
 * makes and disposes all of them; network and detector stay the caller's.
 *
 * @returns Best score first; a score is the detector's times the mean of the keypoints' above 0.2.
 * @throws {RangeError} If an option is out of its range.
 */
export async function findPersons(
  network: PoseNetwork,
  detector: PersonDetector,
  image: RgbImage,
  { minPersonScore = DEFAULT_MIN_PERSON_SCORE, maxPersons, ...options }: FindOptions = {},
): Promise<Pose[]> {
  const boxes = await detector.detect(image, { minScore: minPersonScore, maxPersons });
  const inBoxes = await detectPoses(network, image, boxes, options);
  const poses = inBoxes.flatMap((pose, i): Pose[] => {
    const score = pose.score * (boxes[i]?.score ?? 1);
    return score > 0 && score >= minPersonScore ? [{ ...pose, score }] : [];
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
