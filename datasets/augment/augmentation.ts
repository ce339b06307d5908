/** How training crops vary. Every part is off at 0; defaults are in {@link DEFAULT_AUGMENTATION}. */
export interface Augmentation {
  /** Chance of mirroring left to right. */
  readonly flipProbability: number;
  /** Spread of the scale factor: normal around 1, clipped at one spread on each side. */
  readonly scaleSpread: number;
  /** Spread of the rotation: normal around 0, clipped at two spreads. Degrees. */
  readonly rotationDegrees: number;
  readonly rotationProbability: number;
  /** Chance of cropping to the upper or lower half of the body, when more than `halfBodyOver` keypoints are labelled. */
  readonly halfBodyProbability: number;
  readonly halfBodyOver: number;
  /** Spread of the shift, in crop widths and heights: normal, cut off at one spread. */
  readonly shiftSpread: number;
  readonly shiftProbability: number;
  /** Chance of changing brightness, contrast and saturation, each by a factor within 1 ± `colourSpread`. */
  readonly colourProbability: number;
  readonly colourSpread: number;
}

/**
 * HRNet's recipe (CVPR 2019, `pose_hrnet`), with mmpose's shift; colour is off, as in both.
 */
export const DEFAULT_AUGMENTATION: Augmentation = {
  flipProbability: 0.5,
  scaleSpread: 0.35,
  rotationDegrees: 45,
  rotationProbability: 0.6,
  halfBodyProbability: 0.3,
  halfBodyOver: 8,
  shiftSpread: 0.16,
  shiftProbability: 0.3,
  colourProbability: 0,
  colourSpread: 0.2,
};
