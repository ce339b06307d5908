import sharp from "sharp";
import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { Box } from "../crop/crop-geometry.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import { escapeXml } from "./escape-xml.ts";

/** One keypoint to draw: pixels from the centre of the image's first one, as COCO counts. */
interface DrawableKeypoint {
  readonly x: number;
  readonly y: number;
  readonly score: number;
  /** Labelled, but hidden behind something: drawn hollow. @default false */
  readonly hidden?: boolean;
}

/** One person to draw, in image pixels. */
export interface DrawablePose {
  readonly keypoints: readonly DrawableKeypoint[];
  /** The person's score, written beside the box. */
  readonly score?: number;
  /** Written beside the box, in the score's place. */
  readonly label?: string;
  readonly box?: Box;
}

/** A labelled person as something to draw: unlabelled keypoints score 0, hidden ones are hollow. */
export function truthPose(keypoints: ArrayLike<number>, box?: Box): DrawablePose {
  return {
    ...(box && { box }),
    keypoints: Array.from({ length: keypoints.length / 3 }, (_, index) => {
      const [x = 0, y = 0, visibility = 0] = [0, 1, 2].map((offset) => keypoints[3 * index + offset]);
      return { x, y, score: visibility > 0 ? 1 : 0, hidden: visibility === 1 };
    }),
  };
}

interface DrawOptions {
  /** Keypoints that score less are not drawn. @default 0.2 */
  readonly minScore?: number;
  /** JPEG quality, 1 to 100. @default 92 */
  readonly quality?: number;
  /** @default "jpeg" */
  readonly format?: "jpeg" | "png";
}

/**
 * Draws skeletons, boxes and scores onto a copy of an image.
 *
 * @returns The bytes of a JPEG or PNG file.
 */
export async function drawPoses(
  image: RgbImage,
  poses: readonly DrawablePose[],
  skeleton: Skeleton,
  options: DrawOptions = {},
): Promise<Buffer> {
  const { minScore = 0.2, quality = 92, format = "jpeg" } = options;
  const { width, height, data } = image;
  const overlay = Buffer.from(poseSvg(poses, skeleton, [height, width], minScore));
  const drawn = sharp(data, { raw: { width, height, channels: 3 } }).composite([{ input: overlay }]);
  return format === "png"
    ? drawn.png().toBuffer()
    : drawn.jpeg({ quality, chromaSubsampling: "4:4:4" }).toBuffer();
}

/**
 * The same, in pixels: for a frame of a video, which is encoded elsewhere.
 *
 * @param minScore Keypoints that score less are not drawn.
 */
export async function drawOnFrame(
  image: RgbImage,
  poses: readonly DrawablePose[],
  skeleton: Skeleton,
  minScore = 0.2,
): Promise<RgbImage> {
  if (poses.length === 0) return image;
  const { width, height, data } = image;
  const overlay = Buffer.from(poseSvg(poses, skeleton, [height, width], minScore));
  const drawn = sharp(data, { raw: { width, height, channels: 3 } }).composite([{ input: overlay }]);
  return { width, height, data: await drawn.removeAlpha().raw().toBuffer() };
}

/** The body's own left, its right, and what lies between: easy to tell apart, and without red and green. */
const COLOURS = { left: "#ff9f1c", right: "#2ec4ff", middle: "#f5f5f5" } as const;
/** Laid under every line and dot, so that they show on any background. */
const OUTLINE = "#101010";
/** A line's width as a share of the person's size, and its least, in pixels. */
const LINE_SHARE = 0.016;
const MIN_LINE = 1.5;

/** Height of a label's letters as a share of the image's shorter side, and its least, in pixels. */
const TEXT_SHARE = 0.03;
const MIN_TEXT = 10;

/**
 * Persons as SVG: their boxes, limbs and keypoints, the limbs in the colour of their side, and their scores.
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
  const textSize = Math.max(MIN_TEXT, TEXT_SHARE * Math.min(width, height));
  const labels = poses.map((pose) => labelSvg(pose, textSize, width)).join("");
  // SVG's first pixel has its centre at (0.5, 0.5), COCO's at (0, 0). Boxes count from pixel corners in both.
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g transform="translate(0.5 0.5)">${persons}</g>${poses.map(boxSvg).join("")}${labels}</svg>`;
}

function personSvg({ keypoints }: DrawablePose, skeleton: Skeleton, minScore: number): string {
  const shown = keypoints.map((keypoint) => (keypoint.score >= minScore ? keypoint : undefined));
  const line = Math.max(MIN_LINE, LINE_SHARE * sizeOf(shown.filter((keypoint) => keypoint !== undefined)));
  const limbs = skeleton.edges.flatMap(([a, b]) => {
    const [from, to] = [shown[a], shown[b]];
    if (!from || !to) return [];
    const ends = `x1="${fixed(from.x)}" y1="${fixed(from.y)}" x2="${fixed(to.x)}" y2="${fixed(to.y)}"`;
    return [{ ends, colour: COLOURS[sideOf(skeleton.keypoints[a], skeleton.keypoints[b])] }];
  });
  const dots = shown.flatMap((keypoint, k) =>
    keypoint ? [dotSvg(keypoint, COLOURS[sideOf(skeleton.keypoints[k])], line)] : [],
  );
  const stroke = (colour: string, share: number) =>
    `stroke="${colour}" stroke-width="${fixed(line * share)}" stroke-linecap="round"`;
  return [
    ...limbs.map(({ ends }) => `<line ${ends} ${stroke(OUTLINE, 1.8)}/>`),
    ...limbs.map(({ ends, colour }) => `<line ${ends} ${stroke(colour, 1)}/>`),
    ...dots,
  ].join("");
}

function dotSvg({ x, y, hidden }: DrawableKeypoint, colour: string, line: number): string {
  const [fill, rim] = hidden ? ["none", colour] : [colour, OUTLINE];
  return `<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(line * 1.2)}" fill="${fill}" stroke="${rim}" stroke-width="${fixed(line * 0.4)}"/>`;
}

function boxSvg({ box }: DrawablePose): string {
  if (!box) return "";
  const place = `x="${fixed(box.x)}" y="${fixed(box.y)}" width="${fixed(box.width)}" height="${fixed(box.height)}"`;
  return `<rect ${place} fill="none" stroke="${COLOURS.middle}" stroke-opacity="0.7" stroke-width="1"/>`;
}

/** Written above the box's top left corner, or just below it where there is no room; never past the right edge. */
function labelSvg({ box, keypoints, score, label }: DrawablePose, size: number, imageWidth: number): string {
  const text = label ?? (score === undefined ? "" : score.toFixed(2));
  const anchor = box ?? keypoints.find((keypoint) => keypoint.score > 0);
  if (text === "" || !anchor) return "";
  const width = 0.62 * size * text.length;
  const x = Math.max(0, Math.min(anchor.x, imageWidth - width));
  const y = anchor.y >= 1.2 * size ? anchor.y - 0.25 * size : anchor.y + size;
  const outline = `stroke="${OUTLINE}" stroke-width="${fixed(size * 0.2)}" paint-order="stroke" stroke-linejoin="round"`;
  return `<text x="${fixed(x)}" y="${fixed(y)}" font-family="sans-serif" font-size="${fixed(size)}" fill="${COLOURS.middle}" ${outline}>${escapeXml(text)}</text>`;
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
function sizeOf(points: readonly DrawableKeypoint[]): number {
  if (points.length === 0) return 0;
  const extent = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  return Math.max(extent(points.map(({ x }) => x)), extent(points.map(({ y }) => y)));
}

/** A tenth of a pixel is fine enough, and keeps the markup short. */
function fixed(value: number): string {
  return value.toFixed(1);
}
