import type { Skeleton } from "../../eval/skeleton.ts";
import { augmentCrop, colourRandom } from "../augment/augment-crop.ts";
import type { Augmentation } from "../augment/augmentation.ts";
import { isLowerBody } from "../augment/body-halves.ts";
import { jitterColour } from "../augment/jitter-colour.ts";
import { invertAffine } from "../crop/affine.ts";
import { type CropGeometry, cropOfBox, cropToImage, type InputSize } from "../crop/crop-geometry.ts";
import { keypointsInCrop } from "../crop/keypoints-in-crop.ts";
import { warpAffine } from "../crop/warp-affine.ts";
import { drawPoses } from "../draw/draw-poses.ts";
import { truthPose } from "../draw/truth-pose.ts";
import type { RgbImage } from "../image/rgb-image.ts";
import type { PersonSample } from "../loader/person-sample.ts";

export interface CropOptions {
  readonly skeleton: Skeleton;
  readonly inputSize: InputSize;
  readonly padding: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/**
 * A person as a network would be shown them: the plain crop, then `variants` augmented ones, with the keypoints where
 * they end up. Pictures are JPEG.
 */
export async function personCrops(
  image: RgbImage,
  person: PersonSample,
  variants: number,
  options: CropOptions,
): Promise<Buffer[]> {
  const { inputSize, padding, augmentation, skeleton, seed } = options;
  const plain = cropOfBox(person.box, inputSize, padding);
  const crops = [drawCrop(image, person, plain, options)];
  for (let variant = 0; variant < variants; variant++) {
    // A row of its own for each person and each epoch, as training draws them.
    const key = [seed, variant, person.annotationId] as const;
    const crop = augmentCrop(plain, person.keypoints, isLowerBody(skeleton), inputSize, augmentation, key);
    crops.push(
      drawCrop(image, person, crop, options, (pixels) =>
        jitterColour(pixels, augmentation, colourRandom(key)),
      ),
    );
  }
  return Promise.all(crops);
}

function drawCrop(
  image: RgbImage,
  person: PersonSample,
  crop: CropGeometry,
  { skeleton, inputSize }: CropOptions,
  recolour: (pixels: Uint8Array) => void = () => {},
): Promise<Buffer> {
  const [height, width] = inputSize;
  const map = cropToImage(crop, inputSize, "plain");
  const data = warpAffine(image, map, inputSize);
  recolour(data);
  const keypoints = keypointsInCrop(
    person.keypoints,
    invertAffine(map),
    crop.mirrored ? skeleton.flipPairs : [],
  );
  const { keypoints: drawn } = truthPose({ keypoints, box: [0, 0, width, height] });
  return drawPoses({ width, height, data }, [{ keypoints: drawn }], skeleton, { quality: 85 });
}
