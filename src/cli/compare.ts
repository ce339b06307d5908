import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { readTruth } from "../../datasets/coco/read-annotations.ts";
import { readResults } from "../../datasets/coco/results.ts";
import { writeAtomic } from "../../datasets/files/write-atomic.ts";
import { compareResults, type ResultsComparison } from "../../eval/analysis/compare-results.ts";
import { chooseProtocol, evaluateFiles, type ScoringFlags, scoringParams } from "./scoring.ts";
import { alignColumns } from "./text-table.ts";

interface CompareFlags extends ScoringFlags {
  readonly gt: string;
  readonly images?: string;
  readonly json?: string;
  readonly html?: string;
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
}

export async function compare(firstPath: string, secondPath: string, flags: CompareFlags): Promise<void> {
  const [firstFile, secondFile] = [await findResults(firstPath), await findResults(secondPath)];
  const truthFile = await readTruth(flags.gt);
  const { truth, fileNames } = truthFile;
  const [first, second] = [await readResults(firstFile), await readResults(secondFile)];
  const protocol = chooseProtocol(flags, truthFile);
  const params = await scoringParams(flags, protocol);
  const { resamples, confidence, seed } = flags;
  const options = { resamples, confidence, seed, lines: protocol.lines };
  // The evaluator checks both results and names the record that is wrong.
  evaluateFiles({ gt: flags.gt, results: firstFile }, protocol, truth, first, params);
  evaluateFiles({ gt: flags.gt, results: secondFile }, protocol, truth, second, params);
  const comparison = compareResults(truth, first, second, params, options);
  for (const line of comparisonLines(comparison)) console.log(line);

  if (flags.json) {
    const { lines, images } = comparison;
    const made = { resamples, confidence, seed, mode: flags.mode, benchmark: protocol.name };
    const content = { gt: flags.gt, first: firstFile, second: secondFile, options: made, lines, images };
    await writeAtomic(flags.json, [`${JSON.stringify(content, null, 2)}\n`]);
  }
  if (!flags.html) return;
  const { writeComparison } = await import("../report/comparison/write-comparison.ts");
  const written = await writeComparison(
    {
      truth,
      first,
      second,
      comparison,
      skeleton: protocol.skeleton,
      ...shortNames(firstFile, secondFile),
      facts: [
        ["ground truth", flags.gt],
        ["first", firstFile],
        ["second", secondFile],
        ["benchmark", protocol.name],
        ["mode", flags.mode],
        ["draws", `${resamples} of ${comparison.params.imageIds.length} images, seed ${seed}`],
      ],
      ...(flags.images && { pictures: { folder: flags.images, fileNames } }),
    },
    flags.html,
  );
  console.log(`report: ${written.html}, ${written.markdown}`);
}

/** The file names where they differ, else the last part of the paths that differs. */
export function shortNames(first: string, second: string): { firstName: string; secondName: string } {
  const [a, b] = [basename(first), basename(second)];
  if (a !== b) return { firstName: a, secondName: b };
  const [firstParts, secondParts] = [first.split(/[\\/]/), second.split(/[\\/]/)];
  let same = 0;
  while (same < firstParts.length && firstParts.at(-1 - same) === secondParts.at(-1 - same)) same += 1;
  const differing = (parts: readonly string[]): string => parts.slice(0, parts.length - same).at(-1) || ".";
  return { firstName: differing(firstParts), secondName: differing(secondParts) };
}

/** The table that the command prints; lines whose interval excludes 0 end in a star. */
function comparisonLines({ lines, options }: ResultsComparison): string[] {
  const number = (value: number): string => (value === -1 ? "-1" : value.toFixed(3));
  const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
  const header = ["line", "first", "second", "difference", `${options.confidence * 100}% interval`];
  const rows = lines.map(({ name, first, second, difference }) => {
    const numbers = [name, number(first), number(second)];
    if (!difference) return numbers;
    const { value, low, high } = difference;
    const sure = low > 0 || high < 0 ? " *" : "";
    return [...numbers, signed(value), `${signed(low)} to ${signed(high)}${sure}`];
  });
  return alignColumns([header, ...rows], { right: [1, 2, 3], least: [6, 8] });
}

const RESULTS_FILE = /^person_keypoints_.+_results\.json$/;

/**
 * The results file that a user means: the path itself if it is a file, else the one results file in that folder of a
 * run or an evaluation or in its `eval-*` folders.
 *
 * @throws {Error} If there is nothing, or if a folder holds none or several.
 */
async function findResults(path: string): Promise<string> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const got = cause.code === "ENOENT" ? "nothing there" : cause.code;
    throw new Error(`${path}: expected a results file or a run's folder, got ${got}`, { cause });
  });
  if (!found.isDirectory()) return path;
  const files = await resultsIn(path);
  const [only, another] = files;
  if (only && !another) return only;
  const got = files.length === 0 ? "none" : files.join(", ");
  throw new Error(`${path}: expected one results file, person_keypoints_<split>_results.json, got ${got}`);
}

async function resultsIn(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files = entries.filter((entry) => entry.isFile() && RESULTS_FILE.test(entry.name));
  const evaluations = entries.filter((entry) => entry.isDirectory() && entry.name.startsWith("eval-"));
  const nested = await Promise.all(evaluations.map(({ name }) => resultsIn(join(folder, name))));
  return [...files.map(({ name }) => join(folder, name)), ...nested.flat()];
}
