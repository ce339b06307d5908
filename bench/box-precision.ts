import type { Box } from "../datasets/crop/crop-geometry.ts";
import type { PersonBox } from "../src/detect/person-detector.ts";

/** A person as labelled, or a crowd. */
export interface LabelledBox {
  readonly box: Box;
  /** Square pixels. */
  readonly area: number;
  readonly isCrowd: boolean;
  /** Whether recall counts the person. */
  readonly isCounted: boolean;
}

/** What was found in an image, and what is there. */
export interface ImageBoxes {
  readonly boxes: readonly PersonBox[];
  readonly labels: readonly LabelledBox[];
}

/** .50, .55, … .95 */
export const COCO_THRESHOLDS = Array.from({ length: 10 }, (_, i) => 0.5 + 0.05 * i);

/**
 * COCO's average precision for boxes: mean over the thresholds of the precision at 101 recalls.
 *
 * Source: pycocotools 2.0.11, `COCOeval` with `iouType="bbox"`; compared with it on the detector's own results.
 */
export function boxAveragePrecision(images: readonly ImageBoxes[], thresholds = COCO_THRESHOLDS): number {
  const persons = images.flatMap(({ labels }) => labels).filter(({ isCrowd }) => !isCrowd).length;
  const precisions = thresholds.map((threshold) => {
    const outcomes = images
      .flatMap((image) => match(image, threshold))
      .filter(({ label }) => !label?.isCrowd)
      .sort((a, b) => b.box.score - a.box.score);
    let hits = 0;
    const curve = outcomes.map(({ label }, i) => {
      hits += label ? 1 : 0;
      return { recall: hits / persons, precision: hits / (i + 1) };
    });
    for (let i = curve.length - 2; i >= 0; i -= 1) {
      const [here, behind] = [curve[i], curve[i + 1]] as [(typeof curve)[0], (typeof curve)[0]];
      here.precision = Math.max(here.precision, behind.precision);
    }
    const at = Array.from({ length: 101 }, (_, i) => {
      return curve.find(({ recall }) => recall >= i / 100)?.precision ?? 0;
    });
    return mean(at);
  });
  return mean(precisions);
}

/** Share of the counted persons that were found, and of the boxes that found anybody (crowds aside). */
export function recallOfBoxes(
  images: readonly ImageBoxes[],
  threshold: number,
): { recall: number; precision: number } {
  const counted = images
    .flatMap(({ labels }) => labels)
    .filter(({ isCounted, isCrowd }) => isCounted && !isCrowd);
  const outcomes = images.flatMap((image) => match(image, threshold)).filter(({ label }) => !label?.isCrowd);
  const found = outcomes.filter(({ label }) => label?.isCounted).length;
  const right = outcomes.filter(({ label }) => label).length;
  return { recall: found / counted.length, precision: right / outcomes.length };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

interface Outcome {
  readonly box: PersonBox;
  readonly label: LabelledBox | undefined;
}

/** Boxes choose in turn, best score first, the free person that they overlap most; what finds none, a crowd. */
function match({ boxes, labels }: ImageBoxes, threshold: number): Outcome[] {
  const taken = new Set<LabelledBox>();
  return boxes
    .toSorted((a, b) => b.score - a.score)
    .slice(0, 100)
    .map((box) => {
      const best = (candidates: readonly LabelledBox[]) => {
        let [chosen, most]: [LabelledBox | undefined, number] = [undefined, threshold];
        for (const label of candidates) {
          const overlap = overlapOf(box, label);
          if (overlap >= most) [chosen, most] = [label, overlap];
        }
        return chosen;
      };
      const label =
        best(labels.filter((each) => !each.isCrowd && !taken.has(each))) ??
        best(labels.filter(({ isCrowd }) => isCrowd));
      if (label) taken.add(label);
      return { box, label };
    });
}

/** Intersection over union; of a crowd, over the found box alone. */
function overlapOf(found: Box, { box, isCrowd }: LabelledBox): number {
  const width = Math.min(found.x + found.width, box.x + box.width) - Math.max(found.x, box.x);
  const height = Math.min(found.y + found.height, box.y + box.height) - Math.max(found.y, box.y);
  if (width <= 0 || height <= 0) return 0;
  const both = width * height;
  const size = found.width * found.height;
  return both / (isCrowd ? size : size + box.width * box.height - both);
}
