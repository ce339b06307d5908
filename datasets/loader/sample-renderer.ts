import { augmentCrop, colourRandom, type SampleKey } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { jitterColour } from "../augment/jitter-colour.ts";
import { createCodec } from "../codecs/codecs.ts";
import type { HeatmapGrid } from "../codecs/heatmap-codec.ts";
import { invertAffine } from "../crop/affine.ts";
import { type CropGeometry, cropOfBox, cropToImage } from "../crop/crop-geometry.ts";
import { keypointsInCrop } from "../crop/keypoints-in-crop.ts";
import { warpAffine } from "../crop/warp-affine.ts";
import { type ChannelStatistics, normaliser } from "../image/normalise.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { PersonSample } from "./person-sample.ts";

/** Everything that turns a person and an image into a row of a batch; plain data, so that it reaches any thread. */
export interface RenderSettings extends ChannelStatistics {
  readonly codec: string;
  readonly grid: HeatmapGrid;
  readonly padding: number;
  /** Pairs of keypoints that swap when mirrored. */
  readonly flipPairs: readonly (readonly [number, number])[];
  readonly lowerBody: readonly boolean[];
  readonly augmentation: Augmentation | undefined;
}

/** Where one row of a batch goes. */
export interface SampleRow {
  /** [H, W, 3]. */
  readonly image: Float32Array;
  /** [h, w, K], or empty when no targets are wanted. */
  readonly heatmaps: Float32Array;
  /** [K], or empty. */
  readonly weights: Float32Array;
}

type Person = Pick<PersonSample, "box" | "keypoints">;

/** @param crop The region, if it is known already: {@link sampleCrop}'s. */
export type SampleRenderer = (
  image: RgbImage,
  sample: Person,
  key: SampleKey,
  row: SampleRow,
  crop?: CropGeometry,
) => CropGeometry;

/** The region of its image that a sample shows, augmented if the settings say so. */
export function sampleCrop(
  settings: RenderSettings,
  { box, keypoints }: Person,
  key: SampleKey,
): CropGeometry {
  const { grid, augmentation, lowerBody, padding } = settings;
  const plain = cropOfBox(box, grid.inputSize, padding);
  return augmentation ? augmentCrop(plain, keypoints, lowerBody, grid.inputSize, augmentation, key) : plain;
}

/** Makes the function that crops, augments, normalises and encodes; it keeps scratch memory and is not re-entrant. */
export function createSampleRenderer(settings: RenderSettings): SampleRenderer {
  const { grid, augmentation } = settings;
  const codec = createCodec(settings.codec, grid);
  const pixels = new Uint8Array(grid.inputSize[0] * grid.inputSize[1] * 3);
  const normalise = normaliser(settings);
  return (image, sample, key, row, crop = sampleCrop(settings, sample, key)) => {
    const map = cropToImage(crop, grid.inputSize, codec.convention);
    warpAffine(image, map, grid.inputSize, pixels);
    if (augmentation) jitterColour(pixels, augmentation, colourRandom(key));
    normalise(pixels, row.image);
    if (row.heatmaps.length > 0) {
      const points = keypointsInCrop(
        sample.keypoints,
        invertAffine(map),
        crop.mirrored ? settings.flipPairs : [],
      );
      codec.encode(points, row.heatmaps, row.weights);
    }
    return crop;
  };
}
