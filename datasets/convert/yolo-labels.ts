import type { SourcePerson } from "./source-dataset.ts";

export interface YoloContext {
  /** Pixels of the picture: labels are shares of them. */
  readonly width: number;
  readonly height: number;
  readonly numKeypoints: number;
  /** File, to begin errors with. */
  readonly where: string;
}

/**
 * Parses a YOLO-pose text: a line a person, of class, box centre x y, box width and height, and x y v, or x y, of each
 * keypoint; all but class and v divided by the picture's width or height. Without v, (0, 0) is unlabelled.
 *
 * @throws {TypeError} Naming file and line.
 */
export function parseYoloLabels(text: string, context: YoloContext): SourcePerson[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === "") return [];
    return [parseLine(line.trim().split(/\s+/).map(Number), `${context.where} line ${index + 1}`, context)];
  });
}

function parseLine(numbers: readonly number[], where: string, context: YoloContext): SourcePerson {
  const { width, height, numKeypoints } = context;
  const dimensions = (numbers.length - 5) / numKeypoints;
  if ((dimensions !== 2 && dimensions !== 3) || !numbers.every(Number.isFinite)) {
    const expected = `${5 + 3 * numKeypoints} or ${5 + 2 * numKeypoints} numbers (${numKeypoints} keypoints)`;
    throw new TypeError(`${where}: expected ${expected}, got ${describe(numbers)}`);
  }
  const [kind = 0, centerX = 0, centerY = 0, boxWidth = 0, boxHeight = 0] = numbers;
  if (kind !== 0) throw new TypeError(`${where}: expected class 0 (people), got ${kind}`);
  const keypoints = Array.from({ length: numKeypoints }, (_, index) => {
    const [x = 0, y = 0, mark] = numbers.slice(5 + dimensions * index, 5 + dimensions * (index + 1));
    const visibility = mark ?? (x === 0 && y === 0 ? 0 : 2);
    return visibility > 0 ? [toPixels(x, width), toPixels(y, height), visibility] : [0, 0, 0];
  }).flat();
  const left = (centerX - boxWidth / 2) * width;
  const top = (centerY - boxHeight / 2) * height;
  const box = [left, top, boxWidth * width, boxHeight * height].map(round) as [
    number,
    number,
    number,
    number,
  ];
  return { keypoints, box };
}

const toPixels = (share: number, size: number) => round(share * size);

/** YOLO's six decimals are a thousandth of a pixel: to the hundredth, whole pixels come back whole. */
const round = (value: number) => Math.round(value * 100) / 100;

function describe(numbers: readonly number[]): string {
  const bad = numbers.findIndex((value) => !Number.isFinite(value));
  return bad < 0 ? `${numbers.length}` : `something else in place ${bad + 1}`;
}
