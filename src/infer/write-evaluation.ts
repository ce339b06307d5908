import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeResults } from "../../datasets/coco/results.ts";
import { STAT_NAMES, summaryLines } from "../../eval/summary.ts";
import { writeAtomic } from "../weights/write-atomic.ts";
import type { SplitEvaluation } from "./evaluate-split.ts";

/**
 * Writes the results as a COCO results file into a folder, made if need be, and where asked for the numbers as JSON:
 * `{stats, names, summary, params, protocol, counts}`.
 *
 * @returns Path of the results file.
 */
export async function writeEvaluation(
  scored: SplitEvaluation,
  folder: string,
  jsonFile?: string,
): Promise<string> {
  const { evaluation, protocol, truth, results, badImages, split } = scored;
  await mkdir(folder, { recursive: true });
  const file = join(folder, `person_keypoints_${split}_results.json`);
  await writeResults(file, results);
  if (jsonFile) {
    const counts = {
      images: truth.imageIds.length,
      annotations: truth.annotations.length,
      results: results.length,
      badImages: badImages.size,
    };
    const { stats, params } = evaluation;
    const summary = summaryLines(evaluation);
    const content = { stats, names: STAT_NAMES, summary, params, protocol, counts };
    await writeAtomic(jsonFile, [`${JSON.stringify(content, null, 2)}\n`]);
  }
  return file;
}
