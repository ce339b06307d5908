/**
 * Looks for left and right mixed up, by what no body can do: show both eyes and the nose mirrored (eyes are only seen
 * from the front), or have a torso whose sides cross.
 *
 * @param keypoints x, y, visibility: 3 numbers a keypoint.
 * @param names Of the keypoints; those of other names than COCO's are not looked at.
 * @returns What speaks for a mix-up, or undefined.
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
