import { relative } from "node:path";
import { Command } from "commander";
import { mainScore, type ValidationRecord } from "../run/run-records.ts";
import type { RunSummary } from "../run/summarize-run.ts";

/** `dypose runs`: what has been trained, and in what the runs differ. */
export function runsCommand(): Command {
  return new Command("runs")
    .description("list runs and compare them: progress, scores, and the config values in which they differ")
    .argument("<dir>", "a run's folder, or one with runs in it")
    .option("--json", "print as JSON")
    .action(runs);
}

async function runs(dir: string, flags: { json?: boolean }): Promise<void> {
  const { listRuns } = await import("../run/summarize-run.ts");
  const { configDifferences } = await import("../config/config-differences.ts");
  const found = await listRuns(dir);
  if (flags.json) return console.log(JSON.stringify(found, null, 2));
  if (found.length === 0) return console.log(`${dir}: no runs`);
  const nameOf = ({ folder, name }: RunSummary) => relative(dir, folder) || name;
  const rows = found.map((run) => [nameOf(run), ...COLUMNS.map(([, cell]) => cell(run))]);
  for (const line of alignColumns([["run", ...COLUMNS.map(([title]) => title)], ...rows])) console.log(line);

  const [first, ...others] = found as [RunSummary, ...RunSummary[]];
  const changes = others.map((run) => [
    nameOf(run),
    configDifferences(first.config, run.config)
      .map(({ path, a, b }) => `${path} ${show(b)} (${show(a)})`)
      .join(", ") || "nothing",
  ]);
  if (changes.length === 0) return;
  console.log(`\nwhat differs from ${nameOf(first)}, whose value stands in brackets`);
  for (const line of alignColumns(changes)) console.log(line);
}

const COLUMNS: readonly [title: string, cell: (run: RunSummary) => string][] = [
  ["model", ({ config }) => config.model.name],
  ["state", stateOf],
  ["step", ({ step }) => String(step)],
  ["loss", ({ loss }) => loss?.toExponential(2) ?? "-"],
  ["best", ({ best }) => (best ? `${showScore(best)} @ ${best.step}` : "-")],
  ["last", ({ last }) => (last ? showScore(last) : "-")],
  ["images/s", ({ imagesPerSecond }) => imagesPerSecond?.toFixed(1) ?? "-"],
  ["skipped", ({ skipped }) => String(skipped)],
  ["updated", ({ updated }) => updated.toISOString().slice(0, 16).replace("T", " ")],
];

function showScore({ scores }: ValidationRecord): string {
  const [name, value] = mainScore(scores);
  return `${name} ${value.toFixed(3)}`;
}

function stateOf({ finished, epoch, config }: RunSummary): string {
  return finished ? "done" : `epoch ${epoch.toFixed(1)}/${config.train.epochs}`;
}

function show(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function alignColumns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join("  ")
      .trimEnd(),
  );
}
