import type { z } from "zod";
import type { CategoryRecord, ImageRecord } from "../coco/coco-keypoints.ts";
import type { annotationSchema } from "../coco/schema.ts";
import type { ProblemKind } from "./problem.ts";

type Report = (kind: ProblemKind, detail: string) => void;

/** Pixels that a box may reach out of its image: COCO's own boxes are rounded to hundredths and end on the last pixel's far edge. */
const BOX_TOLERANCE = 1;
/** How far outside its box a keypoint may lie, as a share of the box: hidden legs reach far past the visible part of a person. */
const REACH = 0.5;

/** Checks one annotation by itself; image and category are undefined where they are not listed. */
export function checkPerson(
  annotation: z.output<typeof annotationSchema>,
  image: ImageRecord | undefined,
  category: CategoryRecord | undefined,
  report: Report,
): void {
  const { keypoints, bbox, area } = annotation;
  const [x, y, width, height] = bbox;
  checkBox(bbox, image, report);
  if (area !== undefined && width > 0 && height > 0 && area > width * height * 1.001 + 1) {
    report("area-over-box", `expected an area ≤ ${(width * height).toFixed(1)} (the box's), got ${area}`);
  }
  const named = category?.keypoints.length ?? 0;
  if (keypoints.length % 3 !== 0 || (named > 0 && keypoints.length !== 3 * named)) {
    const expected = named > 0 ? `${3 * named} numbers (${named} keypoints)` : "a multiple of 3 numbers";
    report("keypoint-count", `expected ${expected}, got ${keypoints.length}`);
    return;
  }
  const nameOf = (index: number) => category?.keypoints[index] ?? `keypoint ${index}`;
  let labelled = 0;
  for (let index = 0; index < keypoints.length / 3; index++) {
    const [atX = 0, atY = 0, visibility = 0] = keypoints.slice(3 * index, 3 * index + 3);
    const at = `(${atX}, ${atY})`;
    if (visibility !== 0 && visibility !== 1 && visibility !== 2) {
      report("visibility", `${nameOf(index)}: expected 0, 1 or 2, got ${visibility}`);
    }
    if (!(visibility > 0)) {
      if (atX !== 0 || atY !== 0)
        report("hidden-coordinates", `${nameOf(index)}: expected (0, 0) where v is 0, got ${at}`);
      continue;
    }
    labelled++;
    // COCO's are whole pixel indices; tools that work from pixel corners write up to the width itself.
    if (image && !(atX >= 0 && atY >= 0 && atX <= image.width && atY <= image.height)) {
      report(
        "keypoint-outside-image",
        `${nameOf(index)}: expected a point within ${image.width} x ${image.height}, got ${at}`,
      );
    } else if (
      atX < x - REACH * width ||
      atY < y - REACH * height ||
      atX > x + width * (1 + REACH) ||
      atY > y + height * (1 + REACH)
    ) {
      report(
        "keypoint-outside-box",
        `${nameOf(index)}: expected a point near its box [${bbox.join(", ")}], got ${at}`,
      );
    }
  }
  if (labelled !== annotation.num_keypoints) {
    report(
      "num-keypoints",
      `expected num_keypoints ${labelled} (those with v > 0), got ${annotation.num_keypoints}`,
    );
  }
  const swapped = category && swappedSides(keypoints, category.keypoints);
  if (swapped) report("swapped-sides", swapped);
}

function checkBox(
  bbox: readonly [number, number, number, number],
  image: { width: number; height: number } | undefined,
  report: Report,
): void {
  const [x, y, width, height] = bbox;
  if (!(width > 0 && height > 0)) {
    report("empty-box", `expected a width and height above 0, got ${width} x ${height}`);
    return;
  }
  if (!image) return;
  const reach = Math.max(-x, -y, x + width - image.width, y + height - image.height);
  if (reach > BOX_TOLERANCE) {
    report(
      "box-outside-image",
      `expected a box within ${image.width} x ${image.height}, got [${bbox.join(", ")}]`,
    );
  }
}

/**
 * Looks for left and right mixed up, by what is impossible for a body: both eyes and the nose mirrored (eyes are only
 * seen from the front), or a torso whose sides cross.
 *
 * @param keypoints x, y, visibility: 3 numbers a keypoint.
 * @param names Of the keypoints; those that COCO does not name are ignored.
 * @returns Why they seem mixed up, or undefined.
 */
export function swappedSides(keypoints: ArrayLike<number>, names: readonly string[]): string | undefined {
  const at = (name: string, least: 1 | 2 = 1): Point | undefined => {
    const index = names.indexOf(name);
    if (index < 0 || !((keypoints[3 * index + 2] ?? 0) >= least)) return undefined;
    return [keypoints[3 * index] ?? 0, keypoints[3 * index + 1] ?? 0];
  };
  const face = faceIsMirrored(at("nose", 2), at("left_eye", 2), at("right_eye", 2));
  if (face)
    return "expected the left eye on the left of a face that is seen from the front, got it on the right";
  const sides = [at("left_shoulder"), at("left_hip"), at("right_shoulder"), at("right_hip")] as const;
  if (torsoCrosses(...sides))
    return "expected shoulders and hips on the same sides, got a torso whose sides cross";
  return undefined;
}

type Point = readonly [x: number, y: number];

/** Eyes closer together than this share of the nose's distance are too close to call: a profile. */
const PROFILE = 0.5;

function faceIsMirrored(nose?: Point, left?: Point, right?: Point): boolean {
  if (!nose || !left || !right) return false;
  const up = [(left[0] + right[0]) / 2 - nose[0], (left[1] + right[1]) / 2 - nose[1]] as const;
  const across = [left[0] - right[0], left[1] - right[1]] as const;
  const upLength = Math.hypot(...up);
  // The person's left, seen from the front, is a quarter turn clockwise of up; y points down.
  const leftwards = (across[1] * up[0] - across[0] * up[1]) / upLength;
  return upLength >= 2 && leftwards < -PROFILE * upLength && leftwards < -2;
}

/** Shoulders and hips at least this share of the torso's length apart, or a person in profile crosses by a pixel's error. */
const WIDTH = 0.25;

function torsoCrosses(
  leftShoulder?: Point,
  leftHip?: Point,
  rightShoulder?: Point,
  rightHip?: Point,
): boolean {
  if (!leftShoulder || !leftHip || !rightShoulder || !rightHip) return false;
  const length = (distance(leftShoulder, leftHip) + distance(rightShoulder, rightHip)) / 2;
  if (distance(leftShoulder, rightShoulder) < WIDTH * length) return false;
  if (distance(leftHip, rightHip) < WIDTH * length) return false;
  return (
    side(leftShoulder, leftHip, rightShoulder) !== side(leftShoulder, leftHip, rightHip) &&
    side(rightShoulder, rightHip, leftShoulder) !== side(rightShoulder, rightHip, leftHip)
  );
}

const distance = (a: Point, b: Point) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** Which side of the line from a to b the point c is on. */
const side = (a: Point, b: Point, c: Point): boolean =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0;
