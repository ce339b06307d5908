import { mirroredKeypoints, type Skeleton } from "../../eval/skeletons/skeleton.ts";
import type { LabelledImage } from "./labelled-image.ts";

/**
 * A picture's text in YOLO-pose's format: a line a person, of class 0, box centre and size, and x y v a keypoint, all but
 * class and v as shares of the picture. Empty where nobody is.
 *
 * Source: https://docs.ultralytics.com/datasets/pose/.
 */
export function yoloLabels({ width, height, people }: LabelledImage): string {
  const share = (value: number, size: number) => Math.min(1, Math.max(0, value / size)).toFixed(6);
  const lines = people.map(({ keypoints, box: [x, y, boxWidth, boxHeight] }) => {
    const box = [
      share(x + boxWidth / 2, width),
      share(y + boxHeight / 2, height),
      share(boxWidth, width),
      share(boxHeight, height),
    ];
    const points = triples(keypoints).flatMap(([px, py, v]) =>
      v > 0 ? [share(px, width), share(py, height), String(v)] : ["0", "0", "0"],
    );
    return `${["0", ...box, ...points].join(" ")}\n`;
  });
  return lines.join("");
}

/** The file that tells YOLO's trainers what the labels are, to be put beside `images/` and `labels/`. */
export function yoloDataset({ keypoints, flipPairs }: Skeleton): string {
  return [
    "path: .",
    "train: images",
    "val: images",
    `kpt_shape: [${keypoints.length}, 3]`,
    `flip_idx: [${mirroredKeypoints({ keypoints, flipPairs }).join(", ")}]`,
    "names:",
    "  0: person",
    "kpt_names:",
    `  0: ${JSON.stringify(keypoints)}`,
    "",
  ].join("\n");
}

/** The numbers of a person, a keypoint at a time. */
export function triples(keypoints: readonly number[]): [x: number, y: number, visibility: number][] {
  return Array.from({ length: keypoints.length / 3 }, (_, k) => [
    keypoints[3 * k] as number,
    keypoints[3 * k + 1] as number,
    keypoints[3 * k + 2] as number,
  ]);
}
