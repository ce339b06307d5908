import { basename } from "node:path";
import { Command } from "commander";
import type { ResultsComparison } from "../../eval/analysis/compare-results.ts";
import { evaluateFiles } from "./evaluate-files.ts";
import { integer, numberBetween } from "./options.ts";
import { addScoringOptions, chooseProtocol, type ScoringFlags, scoringParams } from "./scoring-options.ts";

interface CompareFlags extends ScoringFlags {
  readonly gt: string;
  readonly images?: string;
  readonly json?: string;
  readonly html?: string;
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
}

/** `dypose compare`: which of two results is better, by how much, and how surely. */
export function compareCommand(): Command {
  const command = new Command("compare")
    .description("compare two results for the same ground truth, every line with its interval")
    .argument("<first>", "a COCO keypoint results file, or the folder of a run or evaluation")
    .argument("<second>", "the other one: differences are second less first")
    .requiredOption("--gt <file>", "ground truth, a COCO person_keypoints file")
    .option("--json <file>", "write lines, intervals and every image's gain as JSON")
    .option("--html <file>", "write a report, and Markdown beside it")
    .option("--images <dir>", "folder of the images, for the report's pictures")
    .option("--resamples <n>", "draws of the images that the intervals are from", integer(1), 1000)
    .option(
      "--confidence <share>",
      "share of the draws that an interval holds",
      numberBetween(0.5, 0.999),
      0.95,
    )
    .option("--seed <n>", "of the draws", integer(0, 2 ** 31 - 1), 0);
  return addScoringOptions(command).action(compare);
}

async function compare(firstPath: string, secondPath: string, flags: CompareFlags): Promise<void> {
  const { readTruth } = await import("../../datasets/coco/read-annotations.ts");
  const { readResults } = await import("../../datasets/coco/results.ts");
  const { compareResults } = await import("../../eval/analysis/compare-results.ts");
  const { findResults } = await import("./results-path.ts");

  const [firstFile, secondFile] = [await findResults(firstPath), await findResults(secondPath)];
  const truthFile = await readTruth(flags.gt);
  const { truth, fileNames } = truthFile;
  const [first, second] = [await readResults(firstFile), await readResults(secondFile)];
  const benchmark = await chooseProtocol(flags, truthFile);
  const params = await scoringParams(flags, benchmark);
  const { resamples, confidence, seed } = flags;
  const options = { resamples, confidence, seed, lines: benchmark.lines };
  // What cannot be evaluated cannot be compared; the evaluator says which record is wrong.
  evaluateFiles({ gt: flags.gt, results: firstFile }, benchmark, truth, first, params);
  evaluateFiles({ gt: flags.gt, results: secondFile }, benchmark, truth, second, params);
  const comparison = compareResults(truth, first, second, params, options);
  for (const line of comparisonLines(comparison)) console.log(line);

  if (flags.json) {
    const { writeAtomic } = await import("../../datasets/files/write-atomic.ts");
    const { lines, images } = comparison;
    const made = { resamples, confidence, seed, mode: flags.mode, benchmark: benchmark.name };
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
      skeleton: benchmark.skeleton,
      ...shortNames(firstFile, secondFile),
      facts: [
        ["ground truth", flags.gt],
        ["first", firstFile],
        ["second", secondFile],
        ["benchmark", benchmark.name],
        ["mode", flags.mode],
        ["draws", `${resamples} of ${comparison.params.imageIds.length} images, seed ${seed}`],
      ],
      ...(flags.images && { pictures: { folder: flags.images, fileNames } }),
    },
    flags.html,
  );
  console.log(`report: ${written.html}, ${written.markdown}`);
}

/** File names where they tell the two apart, else as much of the paths as does. */
export function shortNames(first: string, second: string): { firstName: string; secondName: string } {
  const [a, b] = [basename(first), basename(second)];
  if (a !== b) return { firstName: a, secondName: b };
  const [firstParts, secondParts] = [first.split(/[\\/]/), second.split(/[\\/]/)];
  let same = 0;
  while (same < firstParts.length && firstParts.at(-1 - same) === secondParts.at(-1 - same)) same += 1;
  const differing = (parts: readonly string[]): string => parts.slice(0, parts.length - same).at(-1) || ".";
  return { firstName: differing(firstParts), secondName: differing(secondParts) };
}

/** The table that the command prints; lines whose interval leaves out 0 end in a star. */
export function comparisonLines({ lines, options }: ResultsComparison): string[] {
  const number = (value: number): string => (value === -1 ? "-1" : value.toFixed(3)).padStart(8);
  const signed = (value: number): string => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(3)}`;
  const head = `${"line".padEnd(8)}${"first".padStart(8)}${"second".padStart(8)}  difference  ${options.confidence * 100}% interval`;
  return [
    head,
    ...lines.map(({ name, first, second, difference }) => {
      const numbers = `${name.padEnd(8)}${number(first)}${number(second)}`;
      if (!difference) return numbers;
      const { value, low, high } = difference;
      const sure = low > 0 || high < 0 ? " *" : "";
      return `${numbers}${signed(value).padStart(12)}  ${signed(low)} to ${signed(high)}${sure}`;
    }),
  ];
}
