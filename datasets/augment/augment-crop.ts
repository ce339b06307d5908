import type { Skeleton } from "../../eval/skeletons/skeleton.ts";
import { type Box, type CropGeometry, clamp, cropOfBox, type InputSize } from "../crop/crop-geometry.ts";
import { createRandom, type Random } from "../random.ts";
import type { Augmentation } from "./augmentation.ts";

/** A half body is small and cut tight: it gets more room than a whole one. */
const HALF_BODY_PADDING = 1.5;

/** Each part draws from a stream of its own: switching one off leaves the others as they were. */
const STREAM = { halfBody: 1, scale: 2, rotation: 3, flip: 4, shift: 5, colour: 6 } as const;

/** What the random numbers of one sample follow from. */
export type SampleKey = readonly [seed: number, epoch: number, position: number];

/**
 * Varies the crop of one person.
 *
 * @param keypoints x, y in image pixels and visibility: 3 numbers a keypoint.
 * @param lowerBody Whether each keypoint belongs to the lower half of the body.
 */
export function augmentCrop(
  crop: CropGeometry,
  keypoints: ArrayLike<number>,
  lowerBody: readonly boolean[],
  inputSize: InputSize,
  augmentation: Augmentation,
  key: SampleKey,
): CropGeometry {
  const random = (stream: keyof typeof STREAM) => createRandom(...key, STREAM[stream]);
  const base = halfBody(crop, keypoints, lowerBody, inputSize, augmentation, random("halfBody"));
  const factor = scaleFactor(augmentation, random("scale"));
  const scale = { width: base.scale.width * factor, height: base.scale.height * factor };
  const [shiftX, shiftY] = shift(augmentation, random("shift"));
  return {
    center: { x: base.center.x + shiftX * base.scale.width, y: base.center.y + shiftY * base.scale.height },
    scale,
    rotation: rotation(augmentation, random("rotation")),
    mirrored: random("flip").uniform() < augmentation.flipProbability,
  };
}

const LOWER_BODY = /hip|pelvis|knee|ankle|foot|heel|toe/i;

/** Whether each keypoint of a skeleton belongs to the lower half of the body, by its name. */
export function isLowerBody(skeleton: Skeleton): readonly boolean[] {
  return skeleton.keypoints.map((name) => LOWER_BODY.test(name));
}

/** The stream that colours are drawn from, apart from {@link augmentCrop}: they need the crop's pixels. */
export function colourRandom(key: SampleKey): Random {
  return createRandom(...key, STREAM.colour);
}

function scaleFactor({ scaleSpread }: Augmentation, random: Random): number {
  return clamp(1 + random.normal() * scaleSpread, 1 - scaleSpread, 1 + scaleSpread);
}

function rotation({ rotationDegrees, rotationProbability }: Augmentation, random: Random): number {
  if (random.uniform() >= rotationProbability) return 0;
  return (clamp(random.normal(), -2, 2) * rotationDegrees * Math.PI) / 180;
}

function shift({ shiftSpread, shiftProbability }: Augmentation, random: Random): [number, number] {
  if (random.uniform() >= shiftProbability) return [0, 0];
  return [truncatedNormal(random) * shiftSpread, truncatedNormal(random) * shiftSpread];
}

/** Normal, drawn again until it is within one standard deviation. */
function truncatedNormal(random: Random): number {
  let drawn = random.normal();
  while (Math.abs(drawn) > 1) drawn = random.normal();
  return drawn;
}

/**
 * The crop around the labelled keypoints of one half of the body, upper and lower equally likely. A half with two
 * keypoints or fewer gives way to the other; with fewer than two in both, the crop stays.
 */
function halfBody(
  crop: CropGeometry,
  keypoints: ArrayLike<number>,
  lowerBody: readonly boolean[],
  inputSize: InputSize,
  { halfBodyProbability, halfBodyOver }: Augmentation,
  random: Random,
): CropGeometry {
  const labelled = lowerBody.flatMap((lower, k) =>
    (keypoints[3 * k + 2] as number) > 0
      ? [{ lower, x: keypoints[3 * k] as number, y: keypoints[3 * k + 1] as number }]
      : [],
  );
  if (random.uniform() >= halfBodyProbability || labelled.length <= halfBodyOver) return crop;
  const wantLower = random.uniform() < 0.5;
  const wanted = labelled.filter(({ lower }) => lower === wantLower);
  const chosen = wanted.length > 2 ? wanted : labelled.filter(({ lower }) => lower !== wantLower);
  const box = boundingBox(chosen);
  return box ? cropOfBox(box, inputSize, HALF_BODY_PADDING) : crop;
}

function boundingBox(points: readonly { readonly x: number; readonly y: number }[]): Box | undefined {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  const width = Math.max(...xs) - left;
  const height = Math.max(...ys) - top;
  return width > 0 && height > 0 ? { x: left, y: top, width, height } : undefined;
}

// Share of each primary in the brightness a viewer sees (ITU-R BT.601).
const RED = 0.299;
const GREEN = 0.587;
const BLUE = 0.114;

/**
 * Changes brightness, then contrast around the mean grey, then saturation around each pixel's grey, in place.
 *
 * @param pixels R, G, B, ... of the whole picture.
 */
export function jitterColour(
  pixels: Uint8Array,
  { colourProbability, colourSpread }: Pick<Augmentation, "colourProbability" | "colourSpread">,
  random: Random,
): void {
  if (random.uniform() >= colourProbability) return;
  const factor = () => 1 + (2 * random.uniform() - 1) * colourSpread;
  const brightness = factor();
  const contrast = factor();
  const saturation = factor();
  // All three steps are linear: value → gain · value + lift, then saturation · value + (1 - saturation) · its grey.
  const gain = brightness * contrast;
  const lift = (1 - contrast) * brightness * meanGrey(pixels);
  for (let i = 0; i < pixels.length; i += 3) {
    const red = gain * (pixels[i] as number) + lift;
    const green = gain * (pixels[i + 1] as number) + lift;
    const blue = gain * (pixels[i + 2] as number) + lift;
    const grey = (1 - saturation) * (RED * red + GREEN * green + BLUE * blue);
    pixels[i] = toByte(saturation * red + grey);
    pixels[i + 1] = toByte(saturation * green + grey);
    pixels[i + 2] = toByte(saturation * blue + grey);
  }
}

function meanGrey(pixels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    sum += RED * (pixels[i] as number) + GREEN * (pixels[i + 1] as number) + BLUE * (pixels[i + 2] as number);
  }
  return sum / (pixels.length / 3);
}

function toByte(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
