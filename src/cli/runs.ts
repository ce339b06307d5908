import { relative } from "node:path";
import { configDifferences } from "../config/config-differences.ts";
import { mainScore, type ValidationRecord } from "../run/run-records.ts";
import { listRuns, type RunSummary } from "../run/summarize-run.ts";
import { alignColumns } from "./text-table.ts";

export async function showRuns(dir: string, flags: { json?: boolean }): Promise<void> {
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
