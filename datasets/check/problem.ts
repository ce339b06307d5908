/**
 * What can be wrong with a data set. An error makes some tool fail or score wrongly; a suspect may be right, but is
 * worth a look.
 */
export const PROBLEM_KINDS = {
  "malformed-record": ["error", "a record that is not as COCO describes it"],
  "duplicate-image-id": ["error", "two images with one id"],
  "duplicate-file-name": ["error", "two images in one file"],
  "missing-file": ["error", "an image that is listed but not there"],
  "corrupt-file": ["error", "an image that cannot be decoded"],
  "image-size": ["error", "width and height that are not those of the file"],
  "unsafe-file-name": ["error", "a file name that leads out of the image folder"],
  "zero-annotation-id": ["error", "an annotation id below 1: COCO's evaluation takes its matches for misses"],
  "duplicate-annotation-id": ["error", "two annotations with one id"],
  "unknown-image": ["error", "an annotation of an image that is not listed"],
  "unknown-category": ["error", "an annotation of a category that is not listed"],
  "keypoint-count": ["error", "not three numbers for each keypoint of the category"],
  visibility: ["error", "a visibility that is not 0, 1 or 2"],
  "num-keypoints": ["error", "num_keypoints that is not the number of labelled keypoints"],
  "keypoint-outside-image": ["error", "a labelled keypoint outside its image"],
  "empty-box": ["error", "a box without width or height"],
  "box-outside-image": ["error", "a box that reaches out of its image"],
  "area-over-box": ["suspect", "an area larger than its box"],
  "keypoint-outside-box": ["suspect", "a labelled keypoint far outside its box"],
  "swapped-sides": ["suspect", "left and right that may have been mixed up"],
  "hidden-coordinates": ["suspect", "an unlabelled keypoint with coordinates"],
  "unlisted-file": ["suspect", "a file in the image folder that is not listed"],
} as const satisfies Record<string, readonly [severity: "error" | "suspect", meaning: string]>;

export type ProblemKind = keyof typeof PROBLEM_KINDS;

export interface Problem {
  readonly kind: ProblemKind;
  readonly file: string;
  /** Such as `annotation 183126`. */
  readonly record: string;
  /** What was expected, and what is there. */
  readonly detail: string;
}

export const isError = ({ kind }: Problem): boolean => PROBLEM_KINDS[kind][0] === "error";
