import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { evaluateKeypoints } from "../../eval/evaluate-keypoints.ts";
import { summaryLines } from "../../eval/summary.ts";
import { type RandomCase, randomCase } from "./random-case.ts";

/** A Python that has pycocotools, to compare with: DYPOSE_ORACLE_PYTHON. */
export const ORACLE_PYTHON = process.env["DYPOSE_ORACLE_PYTHON"];

/** An evaluation, short enough to be stored. */
export interface EvaluationDigest {
  readonly stats: readonly number[];
  /** The first hex digits of SHA-256 of the ten lines, and of the doubles of precision, recall and scores. */
  readonly digests: string;
}

/** Our digest of a case. */
export function ourDigest({ truth, results, params }: RandomCase): EvaluationDigest {
  const { stats, precision, recall, scores, ...evaluation } = evaluateKeypoints(truth, results, params);
  const lines = summaryLines({ ...evaluation, stats });
  return {
    stats,
    digests: [lines.join("\n"), precision.data, recall.data, scores.data].map(digest).join(" "),
  };
}

/** pycocotools' digests of the cases of some seeds, and its versions. */
export function pycocotoolsDigests(seeds: readonly number[]): {
  versions: object;
  digests: EvaluationDigest[];
} {
  const { versions, answers } = askOracle(
    "pycocotools_oracle.py",
    seeds.map((seed) => toCoco(randomCase(seed))),
  );
  return { versions, digests: answers as EvaluationDigest[] };
}

/** Runs one of the fixtures' Python scripts on cases, one a line. */
export function askOracle(
  script: string,
  cases: readonly object[],
): { versions: object; answers: unknown[] } {
  const path = fileURLToPath(new URL(`../fixtures/eval/${script}`, import.meta.url));
  const input = cases.map((one) => JSON.stringify(one)).join("\n");
  const { stdout, stderr, status } = spawnSync(ORACLE_PYTHON ?? "python3", [path], {
    input,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${script}: expected exit code 0, got ${status}: ${stderr}`);
  const [versions, ...answers] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return { versions, answers };
}

function digest(content: string | Float64Array): string {
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

/** A case in COCO's own spelling. */
export function toCoco({ truth, results, params }: RandomCase) {
  const annotations = truth.annotations.map((annotation) => ({
    id: annotation.id,
    image_id: annotation.imageId,
    category_id: annotation.categoryId,
    keypoints: annotation.keypoints,
    num_keypoints: annotation.numKeypoints,
    bbox: annotation.box,
    area: annotation.area,
    iscrowd: Number(annotation.isCrowd),
  }));
  const dt = results.map(({ imageId, categoryId, keypoints, score, box }) => ({
    image_id: imageId,
    category_id: categoryId,
    keypoints,
    score,
    ...(box ? { bbox: box } : {}),
  }));
  const images = truth.imageIds.map((id) => ({ id }));
  const categories = truth.categoryIds.map((id) => ({ id, name: `category ${id}` }));
  const settings = {
    imgIds: params.imageIds,
    catIds: params.categoryIds,
    iouThrs: params.oksThresholds,
    recThrs: params.recallThresholds,
    maxDets: params.maxDetections,
    areaRng: params.areaRanges?.map(({ min, max }) => [min, max]),
    areaRngLbl: params.areaRanges?.map(({ label }) => label),
    kpt_oks_sigmas: params.sigmas,
    useCats: params.useCategories === false ? 0 : undefined,
  };
  return { gt: { images, annotations, categories }, dt, params: settings };
}
