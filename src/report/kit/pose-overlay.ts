import type { AnalysedImage } from "../../../eval/analysis/analyse-keypoints.ts";
import type { DiagnosedPair } from "../../../eval/analysis/keypoint-errors.ts";
import type { Skeleton } from "../../../eval/skeletons/skeleton.ts";
import { type Html, html } from "./html.ts";
import { rounded } from "./numbers.ts";
import type { Thumbnail } from "./picture.ts";

/** The same in both themes, since they are drawn on photographs. */
export const OVERLAY_COLORS = {
  truth: "#3ddc84",
  predicted: "#ffb020",
  falsePositive: "#c58bff",
  missed: "#ff5a4d",
} as const;

/** How many false positives of an image are drawn: those with the highest scores cost the most. */
const SHOWN_FALSE_POSITIVES = 5;

/**
 * The picture of an image with its labelled persons, the detections of them, and what is wrong: misplaced keypoints
 * have a ring, missed persons a box, confident false positives a colour of their own. Without a picture the background
 * stays empty.
 */
export function poseOverlay(image: AnalysedImage, skeleton: Skeleton, picture?: Thumbnail): Html {
  const { width, height } = picture ?? extentOf(image);
  const unit = Math.max(width, height) / 560;
  const people = image.persons.map((person) =>
    pose(person.keypoints, skeleton, OVERLAY_COLORS.truth, unit, isLabelled(person.keypoints)),
  );
  const detected = image.pairs.map((pair) => [
    pose(
      pair.detection.keypoints,
      skeleton,
      OVERLAY_COLORS.predicted,
      unit,
      isLabelled(pair.person.keypoints),
    ),
    astray(pair, unit),
  ]);
  const missed = image.missed.map(
    ({ box: [x, y, w, h] }) =>
      html`<rect x="${round(x)}" y="${round(y)}" width="${round(w)}" height="${round(h)}" fill="none" stroke="${OVERLAY_COLORS.missed}" stroke-width="${round(2 * unit)}" stroke-dasharray="${round(7 * unit)} ${round(5 * unit)}"/>`,
  );
  return html`<svg viewBox="0 0 ${round(width)} ${round(height)}" role="img" aria-label="${`image ${image.imageId}`}">${
    picture && html`<image href="${picture.address}" width="${width}" height="${height}"/>`
  }${falsePositives(image, skeleton, unit)}${people}${detected}${missed}</svg>`;
}

function falsePositives(image: AnalysedImage, skeleton: Skeleton, unit: number): Html[] {
  const paired = new Set(image.pairs.map(({ detection }) => detection));
  return image.detections
    .filter(({ kind, detection }) => kind !== "correct" && kind !== "ignored" && !paired.has(detection))
    .toSorted((a, b) => b.detection.score - a.detection.score)
    .slice(0, SHOWN_FALSE_POSITIVES)
    .map(({ detection }) =>
      pose(detection.keypoints, skeleton, OVERLAY_COLORS.falsePositive, unit, () => true),
    );
}

/** Lines of the body, and a dot on each keypoint. */
function pose(
  keypoints: ArrayLike<number>,
  { edges }: Skeleton,
  color: string,
  unit: number,
  isShown: (keypoint: number) => boolean,
): Html {
  const at = (keypoint: number): string =>
    `${round(keypoints[3 * keypoint] ?? 0)},${round(keypoints[3 * keypoint + 1] ?? 0)}`;
  const limbs = edges.filter(([a, b]) => isShown(a) && isShown(b)).map(([a, b]) => `M${at(a)}L${at(b)}`);
  const dots = Array.from({ length: keypoints.length / 3 }, (_, keypoint) => keypoint)
    .filter(isShown)
    .map((keypoint) => `M${at(keypoint)}h0`);
  return html`<g fill="none" stroke="${color}" stroke-linecap="round"><path d="${limbs.join("")}" stroke-width="${round(1.8 * unit)}"/><path d="${dots.join("")}" stroke-width="${round(4.5 * unit)}"/></g>`;
}

/** A ring about each keypoint that lies at the wrong place, and a line to where it belongs. */
function astray({ person, detection, keypoints }: DiagnosedPair, unit: number): Html {
  const marks = keypoints.flatMap(({ diagnosis }, keypoint) => {
    if (diagnosis === "good" || diagnosis === "jitter" || diagnosis === "unlabelled") return [];
    const [x = 0, y = 0] = [detection.keypoints[3 * keypoint], detection.keypoints[3 * keypoint + 1]];
    const [trueX = 0, trueY = 0] = [person.keypoints[3 * keypoint], person.keypoints[3 * keypoint + 1]];
    return html`<circle cx="${round(x)}" cy="${round(y)}" r="${round(5 * unit)}"/><path d="M${round(x)},${round(y)}L${round(trueX)},${round(trueY)}" stroke-dasharray="${round(3 * unit)}"/>`;
  });
  return html`<g fill="none" stroke="${OVERLAY_COLORS.missed}" stroke-width="${round(1.5 * unit)}">${marks}</g>`;
}

function isLabelled(keypoints: ArrayLike<number>): (keypoint: number) => boolean {
  return (keypoint) => (keypoints[3 * keypoint + 2] ?? 0) > 0;
}

/** Width and height that hold all boxes, where the size of the picture is not known. */
function extentOf({ persons, detections }: AnalysedImage): { width: number; height: number } {
  const boxes = [...persons, ...detections.map(({ detection }) => detection)].flatMap(({ box }) =>
    box ? [box] : [],
  );
  const reach = (axis: 0 | 1): number =>
    Math.max(64, ...boxes.map((box) => box[axis] + box[axis === 0 ? 2 : 3]));
  return { width: Math.ceil(reach(0)), height: Math.ceil(reach(1)) };
}

/** Tenths of a pixel are enough. */
const round = (value: number): number => rounded(value, 1);
