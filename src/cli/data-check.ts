import { type CheckedSplit, checkDataset } from "../../datasets/check/check-dataset.ts";
import { isError, PROBLEM_KINDS, type Problem, type ProblemKind } from "../../datasets/check/problem.ts";
import { countProgress } from "./progress.ts";
import { formatTable } from "./text-table.ts";

interface CheckFlags {
  split: string[];
  decode: boolean;
  strict?: boolean;
  show: number;
  json?: boolean;
}

export async function check(dir: string, flags: CheckFlags): Promise<void> {
  const progress = countProgress("pictures");
  const splits = await checkDataset(dir, {
    ...(flags.split.length > 0 && { splits: flags.split }),
    decode: flags.decode,
    onImage: progress.update,
  }).finally(() => progress.close());
  if (flags.json) console.log(JSON.stringify({ splits }, null, 2));
  else for (const split of splits) print(split, flags.show);
  const problems = splits.flatMap((split) => split.problems);
  if (problems.some((problem) => flags.strict || isError(problem))) process.exitCode = 1;
}

function print({ split, images, annotations, problems }: CheckedSplit, show: number): void {
  console.log(`${split}: ${images} images, ${annotations} annotations, ${problems.length || "no"} problems`);
  if (problems.length === 0) return;
  const kinds = Object.keys(PROBLEM_KINDS) as ProblemKind[];
  const found = kinds.flatMap((kind) => {
    const own = problems.filter((problem) => problem.kind === kind);
    return own.length > 0 ? [{ kind, own }] : [];
  });
  const rows = found.map(({ kind, own }) => [
    ...PROBLEM_KINDS[kind].slice(0, 1),
    kind,
    String(own.length),
    PROBLEM_KINDS[kind][1],
  ]);
  console.log(formatTable(["severity", "problem", "count", "what it is"], rows, ["count"]));
  for (const { own } of found) for (const problem of own.slice(0, show)) console.log(describe(problem));
}

const describe = ({ kind, file, record, detail }: Problem): string =>
  `  ${kind}: ${file} ${record}: ${detail}`;
