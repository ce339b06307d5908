import type { SampleKey } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { clamp } from "../crop/crop-geometry.ts";
import type { PixelRegion } from "../image/rgb-image.ts";
import { createRandom, type Random } from "../random.ts";

/** How views of training images vary. */
export interface ClassAugmentation
  extends Pick<Augmentation, "flipProbability" | "colourProbability" | "colourSpread"> {
  /** Least and most of the image's area that a view shows, as shares. */
  readonly area: readonly [number, number];
  /** Least and most width over height of a view. */
  readonly aspect: readonly [number, number];
}

/** Szegedy et al., CVPR 2015, as torchvision has it; colour is off. */
export const DEFAULT_CLASS_AUGMENTATION = {
  area: [0.08, 1] as [number, number],
  aspect: [3 / 4, 4 / 3] as [number, number],
  flipProbability: 0.5,
  colourProbability: 0,
  colourSpread: 0.2,
} satisfies ClassAugmentation;

/** The part of an image that the network sees. */
interface View extends PixelRegion {
  readonly mirrored: boolean;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const STREAM = { region: 1, flip: 2, colour: 3 } as const;

/** Tries before the whole image is taken: very long images hold few regions of a moderate aspect. */
const TRIES = 10;

/** A random part of an image: its area and the logarithm of its aspect are uniform. */
export function randomView(image: Size, augmentation: ClassAugmentation, key: SampleKey): View {
  const region = randomRegion(image, augmentation, createRandom(...key, STREAM.region));
  const mirrored = createRandom(...key, STREAM.flip).uniform() < augmentation.flipProbability;
  return { ...region, mirrored };
}

/** The stream that colours are drawn from. */
export function viewColourRandom(key: SampleKey): Random {
  return createRandom(...key, STREAM.colour);
}

function randomRegion({ width, height }: Size, augmentation: ClassAugmentation, random: Random): PixelRegion {
  const { area, aspect } = augmentation;
  for (let i = 0; i < TRIES; i += 1) {
    const pixels = between(area, random.uniform()) * width * height;
    const ratio = Math.exp(between([Math.log(aspect[0]), Math.log(aspect[1])], random.uniform()));
    const [w, h] = [Math.round(Math.sqrt(pixels * ratio)), Math.round(Math.sqrt(pixels / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { left: random.integer(width - w + 1), top: random.integer(height - h + 1), width: w, height: h };
  }
  return centredRegion({ width, height }, clamp(width / height, ...aspect), 1);
}

/**
 * The middle of an image, for scoring.
 *
 * @param aspect Width over height.
 * @param share Of the largest such region's sides.
 */
export function centredView(image: Size, aspect: number, share: number): View {
  return { ...centredRegion(image, aspect, share), mirrored: false };
}

function centredRegion(image: Size, aspect: number, share: number): PixelRegion {
  const width = Math.max(1, Math.round(share * Math.min(image.width, image.height * aspect)));
  const height = Math.max(1, Math.round(share * Math.min(image.height, image.width / aspect)));
  const [left, top] = [Math.floor((image.width - width) / 2), Math.floor((image.height - height) / 2)];
  return { left, top, width, height };
}

const between = ([low, high]: readonly [number, number], share: number): number => low + (high - low) * share;
