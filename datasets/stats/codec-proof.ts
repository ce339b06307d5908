import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import type { KeypointResult, KeypointTruth } from "../../eval/keypoint-data.ts";
import type { HeatmapCodec } from "../codecs/heatmap-codec.ts";
import { applyAffine } from "../crop/affine.ts";
import { cropOfBox, cropToImage, imageToCrop, keypointsInCrop, tupleOfBox } from "../crop/crop-geometry.ts";
import type { PersonSample } from "../loader/person-sample.ts";

/** How well labelled keypoints survive encoding and decoding. */
export interface CodecProof {
  /** AP of the keypoints found again in heatmaps of the labelled ones. */
  readonly averagePrecision: number;
  /** AP of the labelled keypoints themselves: 1 unless persons were left out. */
  readonly perfect: number;
  /** Mean distance between a keypoint and where it was found again, image pixels; only those with a weight. */
  readonly meanError: number;
  /** The same in crop pixels. */
  readonly meanCropError: number;
  /** Labelled keypoints whose Gaussian missed the heatmap, and so weigh nothing. */
  readonly lost: number;
}

/**
 * Encodes labelled keypoints, decodes them, maps them back to their images and scores them: the best AP that a network
 * could reach with this codec and input size, given boxes as good as these.
 */
export function proveCodec(
  codec: HeatmapCodec,
  persons: readonly PersonSample[],
  truth: KeypointTruth,
): CodecProof {
  const trips = persons.map((person) => roundTrip(codec, person));
  const averagePrecision = (keypoints: (index: number) => ArrayLike<number>) => {
    const results = persons.map((person, i) => perfectResult(person, truth, keypoints(i)));
    return evaluateKeypoints(truth, results).stats[0] as number;
  };
  const errors = trips.flatMap((trip) => trip.errors);
  const cropErrors = trips.flatMap((trip) => trip.cropErrors);
  return {
    averagePrecision: averagePrecision((i) => (trips[i] as RoundTrip).keypoints),
    perfect: averagePrecision((i) => (persons[i] as PersonSample).keypoints),
    meanError: mean(errors),
    meanCropError: mean(cropErrors),
    lost: trips.reduce((sum, trip) => sum + trip.lost, 0),
  };
}

interface RoundTrip {
  /** x, y in image pixels and score. */
  readonly keypoints: Float64Array;
  readonly errors: readonly number[];
  readonly cropErrors: readonly number[];
  readonly lost: number;
}

function roundTrip(codec: HeatmapCodec, { box, keypoints }: PersonSample): RoundTrip {
  const { inputSize, heatmapSize } = codec.grid;
  const numKeypoints = keypoints.length / 3;
  const crop = cropOfBox(box, inputSize);
  const points = keypointsInCrop(keypoints, imageToCrop(crop, inputSize, codec.convention), crop, []);
  const heatmaps = new Float32Array(heatmapSize[0] * heatmapSize[1] * numKeypoints);
  const weights = new Float32Array(numKeypoints);
  codec.encode(points, heatmaps, weights);
  const decoded = codec.decode(heatmaps);
  const toImage = cropToImage(crop, inputSize, codec.convention);

  const found = new Float64Array(keypoints.length);
  const errors: number[] = [];
  const cropErrors: number[] = [];
  let lost = 0;
  for (let k = 0; k < numKeypoints; k += 1) {
    const inCrop = { x: decoded.points[2 * k] as number, y: decoded.points[2 * k + 1] as number };
    const inImage = applyAffine(toImage, inCrop);
    found.set([inImage.x, inImage.y, decoded.scores[k] as number], 3 * k);
    if ((keypoints[3 * k + 2] as number) === 0) continue;
    if (weights[k] === 0) lost += 1;
    else {
      errors.push(distance(inImage, keypoints, k));
      cropErrors.push(distance(inCrop, points, k));
    }
  }
  return { keypoints: found, errors, cropErrors, lost };
}

function perfectResult(
  person: PersonSample,
  truth: KeypointTruth,
  keypoints: ArrayLike<number>,
): KeypointResult {
  const categoryId = truth.categoryIds[0] as number;
  return { imageId: person.imageId, categoryId, keypoints, score: 1, box: tupleOfBox(person.box) };
}

function distance(point: { x: number; y: number }, keypoints: ArrayLike<number>, k: number): number {
  return Math.hypot(point.x - (keypoints[3 * k] as number), point.y - (keypoints[3 * k + 1] as number));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
