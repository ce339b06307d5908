import type { Box } from "../../datasets/crop/crop-geometry.ts";
import { SEEN_SCORE, type TrackKeypoint } from "./pose-geometry.ts";

export interface SmoothingOptions {
  /** Hertz: what is slower than this passes when nothing moves. Lower is calmer and lags more. @default 1.5 */
  readonly minCutoff?: number;
  /** Hertz added for each box height a second that a joint moves. Higher lags less. @default 10 */
  readonly beta?: number;
  /** Hertz: smoothing of the speed. @default 2 */
  readonly speedCutoff?: number;
  /** Seconds without the person after which smoothing starts anew. @default 0.5 */
  readonly resetAfter?: number;
}

/** A joint that is not seen still counts a little, so that it never freezes where it was. */
const LEAST_WEIGHT = 0.25;

interface Joint {
  x: number;
  y: number;
  /** Box heights a second. */
  speedX: number;
  speedY: number;
}

/**
 * Takes the jitter off one person's joints: a low-pass whose cutoff rises with the joint's speed, so that what is at rest
 * is calm and what moves does not lag. Speeds are counted in heights of the person's box: near and far are smoothed alike.
 *
 * Source: Casiez, Roussel, Vogel: 1€ Filter, CHI 2012; there dx and its cutoff are in units of the signal.
 */
export class PoseSmoother {
  private readonly options: Required<SmoothingOptions>;
  private joints: Joint[] = [];
  private time = Number.NEGATIVE_INFINITY;

  constructor(options: SmoothingOptions = {}) {
    this.options = { minCutoff: 1.5, beta: 10, speedCutoff: 2, resetAfter: 0.5, ...options };
    const { minCutoff, beta, speedCutoff } = this.options;
    if (!(minCutoff > 0 && speedCutoff > 0 && beta >= 0)) {
      throw new RangeError(
        `PoseSmoother: expected cutoffs above 0 Hz and beta >= 0, got ${minCutoff}, ${speedCutoff}, ${beta}`,
      );
    }
  }

  /**
   * @param box The person's: its height is the unit of speed.
   * @param seconds Later than the call before.
   * @returns The keypoints, moved; everything else about them stays.
   */
  smooth<K extends TrackKeypoint>(
    keypoints: readonly K[],
    { height }: Pick<Box, "height">,
    seconds: number,
  ): K[] {
    const passed = seconds - this.time;
    this.time = seconds;
    const isNew = !(passed > 0 && passed <= this.options.resetAfter);
    if (isNew || this.joints.length !== keypoints.length || !(height > 0)) {
      this.joints = keypoints.map(({ x, y }) => ({ x, y, speedX: 0, speedY: 0 }));
      return [...keypoints];
    }
    const { speedCutoff } = this.options;
    const speedWeight = weightOf(speedCutoff, passed);
    return keypoints.map((keypoint, k) => {
      const joint = this.joints[k] as Joint;
      const trust = Math.min(1, Math.max(LEAST_WEIGHT, keypoint.score / (2 * SEEN_SCORE)));
      joint.speedX += speedWeight * ((keypoint.x - joint.x) / passed / height - joint.speedX);
      joint.speedY += speedWeight * ((keypoint.y - joint.y) / passed / height - joint.speedY);
      joint.x += trust * this.weight(joint.speedX, passed) * (keypoint.x - joint.x);
      joint.y += trust * this.weight(joint.speedY, passed) * (keypoint.y - joint.y);
      return { ...keypoint, x: joint.x, y: joint.y };
    });
  }

  private weight(speed: number, passed: number): number {
    return weightOf(this.options.minCutoff + this.options.beta * Math.abs(speed), passed);
  }
}

/** Weight of the newest value in a first-order low-pass. */
function weightOf(cutoff: number, passed: number): number {
  const rate = 2 * Math.PI * cutoff * passed;
  return rate / (rate + 1);
}
