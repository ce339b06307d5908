import type { BoxTuple } from "../../eval/keypoint-data.ts";

/** A picture with the people found in it, as labelling tools are given it. */
export interface LabelledImage {
  /** Relative to the folder of pictures, with slashes. */
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly people: readonly LabelledPerson[];
}

export interface LabelledPerson {
  /** x, y, visibility (0 unlabelled, 1 hidden, 2 visible) of each keypoint: 3 numbers a keypoint, image pixels. */
  readonly keypoints: readonly number[];
  readonly box: BoxTuple;
  /** How sure the person is, 0 to 1; left out for people's own labels. */
  readonly score?: number;
  /** The person's id over the frames of a video. */
  readonly track?: number;
}

/** What is read of a pose that was found. */
interface FoundPose {
  readonly keypoints: readonly { readonly x: number; readonly y: number; readonly score: number }[];
  readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  readonly score: number;
  readonly id?: number;
}

/** Scores below it are guesses, which would have to be deleted by hand. */
const SURE = 0.2;

/**
 * Turns a pose that was found into labels: keypoints that are unsure, or lie outside the picture, become unlabelled.
 *
 * @param minScore Of a keypoint. @default 0.2
 */
export function labelPose(
  pose: FoundPose,
  image: { readonly width: number; readonly height: number },
  minScore = SURE,
): LabelledPerson {
  const { x, y, width, height } = pose.box;
  const left = Math.min(image.width, Math.max(0, x));
  const top = Math.min(image.height, Math.max(0, y));
  return {
    keypoints: pose.keypoints.flatMap((point) => {
      const isInside = point.x >= 0 && point.y >= 0 && point.x <= image.width && point.y <= image.height;
      return point.score >= minScore && isInside ? [point.x, point.y, 2] : [0, 0, 0];
    }),
    box: [
      left,
      top,
      Math.max(0, Math.min(image.width, x + width) - left),
      Math.max(0, Math.min(image.height, y + height) - top),
    ],
    score: pose.score,
    ...(pose.id !== undefined && { track: pose.id }),
  };
}
