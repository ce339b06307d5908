import type { Skeleton } from "../../eval/skeleton.ts";

/** One person to draw, in image pixels. */
export interface DrawablePose {
  readonly keypoints: readonly { readonly x: number; readonly y: number; readonly score: number }[];
  readonly box?: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

/** The body's own left, its right, and what lies between them: told apart at a glance, and without red and green. */
const COLOURS = { left: "#ff9f1c", right: "#2ec4ff", middle: "#f5f5f5" } as const;
/** Laid under every line and dot, so that they show on any background. */
const OUTLINE = "#101010";
/** A line's width as a share of the person's size, and its least, in pixels. */
const LINE_SHARE = 0.016;
const MIN_LINE = 1.5;

/**
 * Persons as SVG: their boxes, limbs and keypoints, the limbs in the colour of their side.
 *
 * @param minScore Keypoints below it are left out, and limbs that end in one.
 */
export function poseSvg(
  poses: readonly DrawablePose[],
  skeleton: Skeleton,
  [height, width]: readonly [number, number],
  minScore: number,
): string {
  const persons = poses.map((pose) => personSvg(pose, skeleton, minScore)).join("");
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${persons}</svg>`;
}

function personSvg({ keypoints, box }: DrawablePose, skeleton: Skeleton, minScore: number): string {
  const shown = keypoints.map((keypoint) => (keypoint.score >= minScore ? keypoint : undefined));
  const line = Math.max(MIN_LINE, LINE_SHARE * sizeOf(shown.filter((keypoint) => keypoint !== undefined)));
  const limbs = skeleton.edges.flatMap(([a, b]) => {
    const [from, to] = [shown[a], shown[b]];
    if (!from || !to) return [];
    const ends = `x1="${fixed(from.x)}" y1="${fixed(from.y)}" x2="${fixed(to.x)}" y2="${fixed(to.y)}"`;
    return [{ ends, colour: COLOURS[sideOf(skeleton.keypoints[a], skeleton.keypoints[b])] }];
  });
  const dots = shown.flatMap((keypoint, k) =>
    keypoint
      ? [
          `<circle cx="${fixed(keypoint.x)}" cy="${fixed(keypoint.y)}" r="${fixed(line * 1.2)}" fill="${COLOURS[sideOf(skeleton.keypoints[k])]}" stroke="${OUTLINE}" stroke-width="${fixed(line * 0.4)}"/>`,
        ]
      : [],
  );
  const stroke = (colour: string, share: number) =>
    `stroke="${colour}" stroke-width="${fixed(line * share)}" stroke-linecap="round"`;
  return [
    box ? boxSvg(box) : "",
    ...limbs.map(({ ends }) => `<line ${ends} ${stroke(OUTLINE, 1.8)}/>`),
    ...limbs.map(({ ends, colour }) => `<line ${ends} ${stroke(colour, 1)}/>`),
    ...dots,
  ].join("");
}

function boxSvg({ x, y, width, height }: NonNullable<DrawablePose["box"]>): string {
  const place = `x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}"`;
  return `<rect ${place} fill="none" stroke="${COLOURS.middle}" stroke-opacity="0.7" stroke-width="1"/>`;
}

type Side = keyof typeof COLOURS;

/** The side that all of the named keypoints are on. */
function sideOf(...names: readonly (string | undefined)[]): Side {
  for (const side of ["left", "right"] as const) {
    if (names.every((name) => name?.startsWith(`${side}_`))) return side;
  }
  return "middle";
}

/** The longer side of the rectangle around some points. */
function sizeOf(points: readonly { readonly x: number; readonly y: number }[]): number {
  if (points.length === 0) return 0;
  const extent = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  return Math.max(extent(points.map(({ x }) => x)), extent(points.map(({ y }) => y)));
}

/** A tenth of a pixel is fine enough, and keeps the markup short. */
function fixed(value: number): string {
  return value.toFixed(1);
}
