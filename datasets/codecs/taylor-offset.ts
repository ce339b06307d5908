import type { PeakOffset } from "./decode-peaks.ts";
import { edgeOffset } from "./edge-offset.ts";
import { logPatch, patchValue } from "./log-patch.ts";
import { type Derivatives, newtonStep } from "./newton-step.ts";
import { quarterOffset } from "./quarter-offset.ts";

/** Nearer to the edge than this, in cells, blurring loses so much of a Gaussian that its peak moves by 0.1 cell. */
const EDGE = 4;

/** Derivatives at the middle of a patch, from its value dx cells right and dy down. */
export type Stencil = (at: (dx: number, dy: number) => number) => Derivatives;

/**
 * Refines a peak by a second-order Taylor expansion of the blurred heatmap's logarithm, as DARK and UDP do; near the
 * edge by {@link edgeOffset}; by the quarter offset where the expansion has no maximum.
 */
export function taylorOffset(stencil: Stencil, sigma: number): PeakOffset {
  const atEdge = edgeOffset(sigma);
  return (heatmaps, size, column, row, k) => {
    const distance = Math.min(column, row, size[1] - 1 - column, size[0] - 1 - row);
    if (distance < EDGE) return atEdge(heatmaps, size, column, row, k);
    const patch = logPatch(heatmaps, size, column, row, k);
    const step = newtonStep(stencil((dx, dy) => patchValue(patch, dx, dy)));
    return step ?? quarterOffset(heatmaps, size, column, row, k);
  };
}
