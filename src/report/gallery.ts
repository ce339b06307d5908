import type { AnalysedImage } from "../../eval/analysis/analysed-images.ts";
import { KEYPOINT_ERRORS } from "../../eval/analysis/keypoint-errors.ts";
import { FALSE_POSITIVE_KINDS } from "../../eval/analysis/unmatched.ts";
import type { Skeleton } from "../../eval/skeleton.ts";
import { type Html, html } from "./html.ts";
import { signed } from "./numbers.ts";
import { legend } from "./page.ts";
import { type PictureFolder, thumbnail } from "./picture.ts";
import { OVERLAY_COLORS, poseOverlay } from "./pose-overlay.ts";

/**
 * Images one by one, with what was found on them drawn and said. A picture that cannot be read is left out and its
 * reason given; the drawing stays.
 */
export async function gallery(
  images: readonly AnalysedImage[],
  skeleton: Skeleton,
  pictures: PictureFolder | undefined,
  captionOf: (image: AnalysedImage) => string = describeImage,
): Promise<Html> {
  const cards: Html[] = [];
  for (const image of images) {
    const picture =
      pictures && (await thumbnail(pictures, image.imageId).catch((error: Error) => error.message));
    const trouble = typeof picture === "string" ? picture : undefined;
    const drawn = poseOverlay(image, skeleton, typeof picture === "string" ? undefined : picture);
    const name = pictures?.fileNames.get(image.imageId) ?? `image ${image.imageId}`;
    cards.push(
      html`<figure class="card">${drawn}<figcaption>${name} <span>${captionOf(image)}${trouble && `; ${trouble}`}</span></figcaption></figure>`,
    );
  }
  return html`${legend([
    [OVERLAY_COLORS.truth, "labelled"],
    [OVERLAY_COLORS.predicted, "detected"],
    [OVERLAY_COLORS.missed, "ring: keypoint astray, dashes: person without a correct detection"],
    [OVERLAY_COLORS.falsePositive, "duplicate or background, best scored"],
  ])}<div class="gallery">${cards}</div>`;
}

/** Such as `costs 0.0021 AP: 2 of 5 persons not found, 1 duplicate, 3 swap, 1 miss`. */
export function describeImage(image: AnalysedImage): string {
  return `${image.cost >= 0 ? "costs" : "earns"} ${signed(Math.abs(image.cost), 4).slice(1)} AP: ${describeFaults(image)}`;
}

/** What is wrong on an image, in a few words. */
export function describeFaults({ persons, missed, detections, pairs }: AnalysedImage): string {
  const people = persons.filter(({ isCrowd, numKeypoints }) => !isCrowd && numKeypoints > 0).length;
  const kinds = FALSE_POSITIVE_KINDS.map(
    (kind) => [kind, detections.filter((detection) => detection.kind === kind).length] as const,
  );
  const verdicts = pairs.flatMap(({ keypoints }) => keypoints.map(({ verdict }) => verdict));
  const errors = KEYPOINT_ERRORS.map(
    (error) => [error, verdicts.filter((verdict) => verdict === error).length] as const,
  );
  const parts = [
    missed.length > 0 ? `${missed.length} of ${people} persons not found` : `all ${people} persons found`,
    ...[...kinds, ...errors].filter(([, number]) => number > 0).map(([name, number]) => `${number} ${name}`),
  ];
  return parts.join(", ");
}
