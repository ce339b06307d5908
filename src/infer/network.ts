import type * as tf from "@tensorflow/tfjs-core";
import type { HeatmapCodec } from "../../datasets/codecs/heatmap-codec.ts";
import type { Skeleton } from "../../eval/skeleton.ts";

/** A keypoint network with what turns its output into keypoints. */
export interface PoseNetwork {
  /** From normalised crops [B, H, W, 3] to heatmaps [B, h, w, K], the caller's to dispose. */
  readonly forward: (crops: tf.Tensor4D) => tf.Tensor;
  /** The codec that its training targets were encoded with; its grid holds input and heatmap size. */
  readonly codec: HeatmapCodec;
  readonly skeleton: Skeleton;
  /** How much larger than its box a crop is. @default 1.25 */
  readonly padding?: number | undefined;
}
