import type { EvalParams } from "../params.ts";
import { EVERY_AREA } from "./judged-pairs.ts";
import { leaveOneOutAp, NO_IMAGE } from "./leave-one-out.ts";
import { collectOutcomes } from "./outcomes.ts";
import type { ScoredCell } from "./scored-cells.ts";

export interface ImageCost {
  readonly imageId: number;
  /** AP without this image less AP with it: what it costs or, negative, what it earns. */
  readonly cost: number;
}

/** Leaves out one image after the other; the costliest come first. Images that hold nothing are not listed. */
export function imageCosts(cells: readonly ScoredCell[], params: EvalParams): ImageCost[] {
  const apWithout = leaveOneOutAp(collectOutcomes(cells, params, EVERY_AREA), params.recallThresholds);
  const all = apWithout(NO_IMAGE);
  /** An image that holds every person leaves no AP to compare with. */
  const costOf = (image: number): number => {
    const without = apWithout(image);
    return without === -1 ? 0 : without - all;
  };
  return [...new Set(cells.map(({ image }) => image))]
    .map((image) => ({ imageId: params.imageIds[image] as number, cost: costOf(image) }))
    .sort((a, b) => b.cost - a.cost || a.imageId - b.imageId);
}
