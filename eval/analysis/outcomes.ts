/** What became of a detection at one OKS threshold. */
export const FALSE_POSITIVE = 0;
export const TRUE_POSITIVE = 1;
/** Matched to an ignored person, or unmatched and itself outside the area range: it counts neither way. */
export const IGNORED = 2;

/** Every evaluated detection of one category and area range, best score first, with its fate at every OKS threshold. */
export interface Outcomes {
  readonly numImages: number;
  /** Of each detection, the position of its image in the evaluated images. */
  readonly images: Int32Array;
  readonly scores: Float64Array;
  /** Of each threshold, each detection's fate. */
  readonly fates: readonly Uint8Array[];
  /** Of each image, its persons that are to be found. */
  readonly persons: Int32Array;
}
