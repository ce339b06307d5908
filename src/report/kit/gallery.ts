import type {
  AnalysedImage,
  CostlyImage,
  KeypointAnalysis,
} from "../../../eval/analysis/analyse-keypoints.ts";
import { FALSE_POSITIVE_KINDS } from "../../../eval/analysis/false-positives.ts";
import { KEYPOINT_ERRORS } from "../../../eval/analysis/keypoint-errors.ts";
import type { Skeleton } from "../../../eval/skeletons/skeleton.ts";
import { type Html, html } from "./html.ts";
import { legend } from "./page.ts";
import { type PictureFolder, thumbnail } from "./picture.ts";
import { OVERLAY_COLORS, poseOverlay } from "./pose-overlay.ts";

/** The colours of the drawings and their meaning. */
export function galleryLegend(): Html {
  return legend([
    [OVERLAY_COLORS.truth, "labelled"],
    [OVERLAY_COLORS.predicted, "detected"],
    [OVERLAY_COLORS.missed, "ring: keypoint astray; dashes: person without a correct detection"],
    [OVERLAY_COLORS.falsePositive, "duplicate or background, the best scored"],
  ]);
}

const SHOWN_IMAGES = 12;

/** The images that a report shows: the costliest, and none that raises AP. */
export function costliestImages({ images }: KeypointAnalysis): CostlyImage[] {
  return images.filter(({ cost }) => cost > 0).slice(0, SHOWN_IMAGES);
}

/** One card an image: the poses drawn on it, and a caption that says what is wrong. */
export async function costlyGallery(
  images: readonly CostlyImage[],
  skeleton: Skeleton,
  pictures?: PictureFolder,
): Promise<Html> {
  const cards: Html[] = [];
  for (const image of images) {
    const { drawn, name } = await drawImages([image], skeleton, pictures);
    cards.push(card(drawn, name, describeImage(image)));
  }
  return html`${galleryLegend()}<div class="gallery">${cards}</div>`;
}

export function card(drawn: readonly Html[], name: string, text: string): Html {
  return html`<figure class="card">${drawn}<figcaption>${name} <span>${text}</span></figcaption></figure>`;
}

/**
 * Draws what several results found on the same image. Where a picture cannot be read,
 * the poses are drawn without it and the reason is added to the name.
 */
export async function drawImages(
  [first, ...others]: readonly [AnalysedImage, ...AnalysedImage[]],
  skeleton: Skeleton,
  pictures?: PictureFolder,
): Promise<{ drawn: Html[]; name: string }> {
  const picture = pictures && (await thumbnail(pictures, first.imageId).catch((error: Error) => error));
  const readable = picture instanceof Error ? undefined : picture;
  const name = pictures?.fileNames.get(first.imageId) ?? `image ${first.imageId}`;
  return {
    drawn: [first, ...others].map((image) => poseOverlay(image, skeleton, readable)),
    name: picture instanceof Error ? `${name} (${picture.message})` : name,
  };
}

/** Such as `costs 0.0021 AP: 2 of 5 persons not found, 1 duplicate, 3 swap, 1 miss`. */
export function describeImage(image: CostlyImage): string {
  return `costs ${image.cost.toFixed(4)} AP: ${describeFaults(image)}`;
}

/** What is wrong on an image, in a few words. */
export function describeFaults({ persons, missed, detections, pairs }: AnalysedImage): string {
  const people = persons.filter(({ isCrowd, numKeypoints }) => !isCrowd && numKeypoints > 0).length;
  const kinds = FALSE_POSITIVE_KINDS.map(
    (kind) => [kind, detections.filter((detection) => detection.kind === kind).length] as const,
  );
  const diagnoses = pairs.flatMap(({ keypoints }) => keypoints.map(({ diagnosis }) => diagnosis));
  const errors = KEYPOINT_ERRORS.map(
    (error) => [error, diagnoses.filter((diagnosis) => diagnosis === error).length] as const,
  );
  const found =
    missed.length > 0 ? `${missed.length} of ${people} persons not found` : `all ${people} persons found`;
  const faults = [...kinds, ...errors].filter(([, number]) => number > 0);
  return [
    people === 0 ? "nobody to find" : found,
    ...faults.map(([name, number]) => `${number} ${name}`),
  ].join(", ");
}
