import type { z } from "zod";
import type { annotationSchema, categorySchema, imageSchema } from "../coco/schema.ts";
import type { ProblemKind } from "./problem.ts";
import { swappedSides } from "./swapped-sides.ts";

type Report = (kind: ProblemKind, detail: string) => void;

/** Pixels that a box may reach out of its image: COCO's own boxes are rounded to hundredths and end on the last pixel's far edge. */
const BOX_TOLERANCE = 1;
/** How far outside its box a keypoint may lie, as a share of the box: hidden legs reach far past what is seen of a person. */
const REACH = 0.5;

/** Checks one annotation by itself; image and category are undefined where they are not listed. */
export function checkPerson(
  annotation: z.output<typeof annotationSchema>,
  image: z.output<typeof imageSchema> | undefined,
  category: z.output<typeof categorySchema> | undefined,
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
