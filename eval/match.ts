/** An OKS of one matches a threshold of one although the sum of its terms may round below. */
const HIGHEST_THRESHOLD = 1 - 1e-10;

/** What `matchImage` needs to know of the labelled persons of one image, in file order. */
export interface MatchTruths {
  /** [G] 1 where the person does not count: a crowd, no keypoints, or outside the area range. */
  readonly ignored: Uint8Array;
  /** [G] 1 where a region may take any number of detections. */
  readonly crowd: Uint8Array;
}

/**
 * Matches the detections of one image to its labelled persons, at each threshold: detections choose in turn, best
 * score first, the free person with the highest OKS at or above the threshold. Ignored persons come last, and only
 * for a detection that no regular one took; of equal OKS the later person wins.
 *
 * @param oks [D, G], row-major; detections by descending score, truths in file order.
 * @param matches Where the answer goes, if it is not to be allocated: of [T, D] numbers or more.
 * @returns [T, D], row-major: the index of the person each detection matched, or -1.
 *
 * Source: pycocotools 2.0.11, `COCOeval.evaluateImg`.
 */
export function matchImage(
  oks: Float64Array,
  numDetections: number,
  truths: MatchTruths,
  thresholds: readonly number[],
  matches = new Int32Array(thresholds.length * numDetections),
): Int32Array {
  const { ignored, crowd } = truths;
  const numTruths = ignored.length;
  const order = ignoredLast(ignored);
  matches.fill(-1);
  const hopeful = detectionsReaching(Math.min(...thresholds), oks, numDetections, numTruths);
  const taken = new Uint8Array(numTruths);
  for (let t = 0; t < thresholds.length; t += 1) {
    taken.fill(0);
    for (const d of hopeful) {
      let best = Math.min(thresholds[t] as number, HIGHEST_THRESHOLD);
      let match = -1;
      for (let i = 0; i < numTruths; i += 1) {
        const g = order[i] as number;
        if (taken[g] === 1 && crowd[g] === 0) continue;
        if (match >= 0 && ignored[match] === 0 && ignored[g] === 1) break;
        const similarity = oks[d * numTruths + g] as number;
        if (similarity < best) continue;
        best = similarity;
        match = g;
      }
      if (match < 0) continue;
      matches[t * numDetections + d] = match;
      taken[match] = 1;
    }
  }
  return matches;
}

/** Indices of the persons, ignored ones last, else in file order. */
function ignoredLast(ignored: Uint8Array): Int32Array {
  const order = new Int32Array(ignored.length);
  let next = 0;
  for (const flag of [0, 1]) {
    for (let g = 0; g < ignored.length; g += 1) if (ignored[g] === flag) order[next++] = g;
  }
  return order;
}

/** The detections that have an OKS at or above the lowest threshold with any person: most have none. */
function detectionsReaching(
  lowest: number,
  oks: Float64Array,
  numDetections: number,
  numTruths: number,
): number[] {
  const reaching: number[] = [];
  const floor = Math.min(lowest, HIGHEST_THRESHOLD);
  for (let d = 0; d < numDetections; d += 1) {
    for (let pair = d * numTruths; pair < (d + 1) * numTruths; pair += 1) {
      if ((oks[pair] as number) < floor) continue;
      reaching.push(d);
      break;
    }
  }
  return reaching;
}
