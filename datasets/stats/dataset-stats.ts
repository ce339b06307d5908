import type { CocoKeypoints } from "../coco/coco-keypoints.ts";

/** COCO's bounds of small, medium and large, square pixels. */
const MEDIUM = 32 ** 2;
const LARGE = 96 ** 2;

/** Least, quartiles and greatest of some numbers; null where there are none. */
export type Spread = Readonly<Record<"min" | "q1" | "median" | "q3" | "max", number>> | null;

interface KeypointStats {
  readonly name: string;
  /** Of the persons with any label: how many show it, have it hidden, and lack it. */
  readonly visible: number;
  readonly hidden: number;
  readonly unlabelled: number;
}

/** What is in a split of a data set, in numbers. */
export interface DatasetStats {
  readonly images: number;
  readonly imagesWithPeople: number;
  readonly imageWidth: Spread;
  readonly imageHeight: Spread;
  readonly annotations: number;
  readonly crowds: number;
  /** Not crowds, with at least one labelled keypoint: those that training and evaluation use. */
  readonly labelledPeople: number;
  readonly peopleAnImage: Spread;
  readonly labelledKeypoints: Spread;
  readonly boxHeight: Spread;
  readonly boxAspect: Spread;
  /** Labelled people by COCO's area ranges. */
  readonly areas: Readonly<Record<"small" | "medium" | "large", number>>;
  /** How many have each number of labelled keypoints, from 0. */
  readonly keypointCounts: readonly number[];
  readonly keypoints: readonly KeypointStats[];
}

export function datasetStats({ images, annotations, categories }: CocoKeypoints): DatasetStats {
  const people = annotations.filter(({ isCrowd, numKeypoints }) => !isCrowd && numKeypoints > 0);
  const anImage = new Map<number, number>();
  for (const { imageId } of people) anImage.set(imageId, (anImage.get(imageId) ?? 0) + 1);
  const names = categories[0]?.keypoints ?? [];
  const ofArea = (low: number, high: number) =>
    people.filter(({ area }) => area >= low && area < high).length;
  return {
    images: images.length,
    imagesWithPeople: anImage.size,
    imageWidth: spread(images.map(({ width }) => width)),
    imageHeight: spread(images.map(({ height }) => height)),
    annotations: annotations.length,
    crowds: annotations.filter(({ isCrowd }) => isCrowd).length,
    labelledPeople: people.length,
    peopleAnImage: spread([...anImage.values()]),
    labelledKeypoints: spread(people.map(({ numKeypoints }) => numKeypoints)),
    boxHeight: spread(people.map(({ box }) => box[3])),
    boxAspect: spread(people.map(({ box }) => box[2] / box[3])),
    areas: { small: ofArea(0, MEDIUM), medium: ofArea(MEDIUM, LARGE), large: ofArea(LARGE, Infinity) },
    keypointCounts: histogram(people.map(({ numKeypoints }) => numKeypoints)),
    keypoints: names.map((name, index) => {
      const seen = histogram(people.map(({ keypoints }) => keypoints[3 * index + 2] ?? 0));
      return { name, visible: seen[2] ?? 0, hidden: seen[1] ?? 0, unlabelled: seen[0] ?? 0 };
    }),
  };
}

function histogram(values: readonly number[]): number[] {
  const counts: number[] = [];
  for (const value of values) {
    while (counts.length <= value) counts.push(0);
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}

function spread(values: readonly number[]): Spread {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  // The nearest of the values themselves: whole numbers stay whole.
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}
