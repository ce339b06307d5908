/** Mean and standard deviation of R, G, B in [0, 1] over ImageNet's training images. */
export const IMAGENET_MEAN = [0.485, 0.456, 0.406] as const;
export const IMAGENET_STD = [0.229, 0.224, 0.225] as const;

/** The 256 values of each channel, normalised: looked up, where each pixel would need a division. */
const [RED, GREEN, BLUE] = [tableOf(0), tableOf(1), tableOf(2)];

/** Scales pixels to [0, 1], subtracts ImageNet's mean and divides by its deviation. */
export function normalise(pixels: Uint8Array, out: Float32Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    out[i] = RED[pixels[i] as number] as number;
    out[i + 1] = GREEN[pixels[i + 1] as number] as number;
    out[i + 2] = BLUE[pixels[i + 2] as number] as number;
  }
}

/** The pixels that {@link normalise} makes these values of. */
export function denormalise(values: Float32Array): Uint8Array {
  return Uint8Array.from(values, (value, i) => {
    const channel = i % 3;
    const share = value * (IMAGENET_STD[channel] as number) + (IMAGENET_MEAN[channel] as number);
    return Math.round(255 * Math.min(1, Math.max(0, share)));
  });
}

function tableOf(channel: 0 | 1 | 2): Float32Array {
  return Float32Array.from(
    { length: 256 },
    (_, value) => (value / 255 - IMAGENET_MEAN[channel]) / IMAGENET_STD[channel],
  );
}
