import { Command } from "commander";
import type { CheckedSplit } from "../../datasets/check/check-dataset.ts";
import type { Problem, ProblemKind } from "../../datasets/check/problem.ts";
import { gather, integer } from "./options.ts";

interface CheckFlags {
  split: string[];
  decode: boolean;
  strict?: boolean;
  show: number;
  json?: boolean;
}

/** `dypose data check`: everything that is wrong with a data set; exit code 1 if something is. */
export function dataCheckCommand(): Command {
  return new Command("check")
    .description(
      "look for what is wrong with a data set: every record and every picture; exit code 1 if anything is",
    )
    .argument("<dir>", "data set in COCO's layout")
    .option("--split <name>", "check this split alone; repeat for several (default: all)", gather, [])
    .option("--no-decode", "read pictures' headers alone: much faster, damage further in goes unseen")
    .option("--strict", "exit code 1 for suspects too")
    .option("--show <n>", "records to name of each kind of problem", integer(0), 3)
    .option("--json", "print JSON in place of the table: every problem, not only the first ones")
    .action(check);
}

async function check(dir: string, flags: CheckFlags): Promise<void> {
  const { checkDataset } = await import("../../datasets/check/check-dataset.ts");
  const { isError } = await import("../../datasets/check/problem.ts");
  const { countProgress } = await import("./count-progress.ts");
  const progress = countProgress("pictures");
  const splits = await checkDataset(dir, {
    ...(flags.split.length > 0 && { splits: flags.split }),
    decode: flags.decode,
    onImage: progress.update,
  }).finally(() => progress.end());
  if (flags.json) console.log(JSON.stringify({ splits }, null, 2));
  else for (const split of splits) await print(split, flags.show);
  const problems = splits.flatMap((split) => split.problems);
  if (problems.some((problem) => flags.strict || isError(problem))) process.exitCode = 1;
}

async function print({ split, images, annotations, problems }: CheckedSplit, show: number): Promise<void> {
  const { PROBLEM_KINDS } = await import("../../datasets/check/problem.ts");
  const { formatTable } = await import("./table.ts");
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
