import type { Skeleton } from "../../eval/skeletons/skeleton.ts";

/** A keypoint annotation file as this project writes it, spelled as COCO spells it. */
export interface CocoFile {
  readonly info: Readonly<Record<string, unknown>>;
  readonly licenses: readonly unknown[];
  readonly images: readonly CocoFileImage[];
  readonly annotations: readonly CocoFileAnnotation[];
  readonly categories: readonly CocoFileCategory[];
}

export interface CocoFileImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
}

export interface CocoFileAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  readonly iscrowd: 0 | 1;
  readonly bbox: readonly [x: number, y: number, width: number, height: number];
  readonly area: number;
  /** Where the area comes from, if not from a drawn outline. */
  readonly area_source?: string;
  readonly num_keypoints: number;
  readonly keypoints: readonly number[];
}

interface CocoFileCategory {
  readonly id: number;
  readonly name: string;
  readonly supercategory: string;
  readonly keypoints: readonly string[];
  /** Pairs counted from 1. */
  readonly skeleton: readonly (readonly [number, number])[];
}

/** The category "person", id 1, of a skeleton. */
export const personCategory = ({
  keypoints,
  edges,
}: Pick<Skeleton, "keypoints" | "edges">): CocoFileCategory => ({
  id: 1,
  name: "person",
  supercategory: "person",
  keypoints,
  skeleton: edges.map(([from, to]) => [from + 1, to + 1]),
});

/** How many keypoints of x, y, visibility triples are labelled. */
export const countLabelled = (keypoints: ArrayLike<number>): number => {
  let labelled = 0;
  for (let index = 2; index < keypoints.length; index += 3) {
    if ((keypoints[index] ?? 0) > 0) labelled++;
  }
  return labelled;
};
