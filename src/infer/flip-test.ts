import type { Skeleton } from "../../eval/skeleton.ts";

/** Shape of a batch of heatmaps, stored [B, h, w, K] row-major. */
export type HeatmapShape = readonly [batch: number, height: number, width: number, keypoints: number];

/** For each keypoint, the one it becomes when the image is mirrored: itself, or its partner. */
export function mirroredKeypoints(skeleton: Pick<Skeleton, "keypoints" | "flipPairs">): number[] {
  const partner = skeleton.keypoints.map((_, k) => k);
  for (const [left, right] of skeleton.flipPairs) {
    partner[left] = right;
    partner[right] = left;
  }
  return partner;
}

/**
 * Averages the heatmaps of an image with those of its mirror image, brought back to the image's own frame: columns
 * reversed, left and right keypoints swapped.
 *
 * When cell x stands for the pixels from x·stride on (all codecs but UDP), mirroring moves the grid by
 * one cell less one pixel; `shift` moves the mirrored heatmaps right by that many cells, the freed columns keep
 * their values. A wrong shift costs 2 to 7 AP.
 *
 * @param heatmaps, mirrored Values of `shape`, row-major; neither is changed.
 * @param shift Cells to the right, 0 or 1: the codec's `flipShift`.
 * @returns A new array of the same shape.
 */
export function averageFlipped(
  heatmaps: Float32Array,
  mirrored: Float32Array,
  shape: HeatmapShape,
  partner: readonly number[],
  shift: number,
): Float32Array {
  const [batch, height, width, keypoints] = shape;
  const rows = batch * height;
  const merged = new Float32Array(heatmaps.length);
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < width; x++) {
      const unshifted = x < shift ? x : x - shift;
      const here = (row * width + x) * keypoints;
      const there = (row * width + (width - 1 - unshifted)) * keypoints;
      for (let k = 0; k < keypoints; k++) {
        const own = heatmaps[here + k] as number;
        const other = mirrored[there + (partner[k] as number)] as number;
        merged[here + k] = (own + other) / 2;
      }
    }
  }
  return merged;
}
