import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { ConvStyle } from "./conv-style.ts";

/** A network for images, apart from what it is asked about them. */
export interface Backbone {
  /** Images `[B, H, W, 3]` to features `[B, H/32, W/32, C]`, on which the keypoint heads work. */
  features(image: SymbolicTensor, style: ConvStyle): SymbolicTensor;
  /** Features to one vector an image, `[B, C]`, from which class scores are made. */
  embed(features: SymbolicTensor, style: ConvStyle): SymbolicTensor;
  /** Share of that vector that is dropped in training. */
  readonly dropout: number;
}
