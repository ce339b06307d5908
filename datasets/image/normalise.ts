/** Mean and standard deviation of R, G, B in [0, 1]. */
export interface ChannelStatistics {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Mean and standard deviation of R, G, B in [0, 1] over ImageNet's training images. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** Makes the function that takes the mean off and divides by the deviation. */
export function normaliser({
  mean,
  std,
}: ChannelStatistics): (pixels: Uint8Array, out: Float32Array) => void {
  // A table a channel: 256 divisions in place of one a value.
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, value) => (value / 255 - (mean[channel] as number)) / (std[channel] as number),
    ),
  ) as [Float32Array, Float32Array, Float32Array];
  return (pixels, out) => {
    for (let i = 0; i < pixels.length; i += 3) {
      out[i] = red[pixels[i] as number] as number;
      out[i + 1] = green[pixels[i + 1] as number] as number;
      out[i + 2] = blue[pixels[i + 2] as number] as number;
    }
  };
}
