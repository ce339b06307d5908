import type { Spread, SweepResults, SweepRow } from "../../train/sweep/sweep-results.ts";
import { escapeMarkdown, markdownTable } from "../kit/markdown.ts";
import { NONE, score } from "../kit/numbers.ts";
import type { Column } from "../kit/page.ts";

/** The table of a sweep as titles and cells, one row for each combination. */
export function sweepTable(results: SweepResults): { titles: string[]; rows: string[][]; numeric: string[] } {
  const columns = columnsOf(results);
  return {
    titles: columns.map(({ title }) => title),
    rows: results.rows.map((row) => columns.map(({ cell }) => cell(row))),
    numeric: columns.slice(results.keys.length).map(({ title }) => title),
  };
}

function columnsOf({ keys, titles, seeds, score: name }: SweepResults): Column<SweepRow, string>[] {
  const scored: Column<SweepRow, string>[] = name
    ? [
        { title: `best ${name}`, cell: ({ best }) => meanOf(best, score), numeric: true },
        { title: "min–max", cell: ({ best }) => rangeOf(best, score), numeric: true },
        { title: `last ${name}`, cell: ({ last }) => meanOf(last, score), numeric: true },
        { title: "min–max", cell: ({ last }) => rangeOf(last, score), numeric: true },
      ]
    : [];
  return [
    ...keys.map((key, i) => ({
      title: titles[i] ?? key,
      cell: ({ settings }: SweepRow) => settings[key] ?? "",
      numeric: false,
    })),
    {
      title: "runs",
      cell: ({ finished }) => (finished < seeds ? `${finished} of ${seeds}` : String(seeds)),
      numeric: true,
    },
    ...scored,
    { title: "loss", cell: ({ loss }) => meanOf(loss, (value) => value.toExponential(2)), numeric: true },
    { title: "s/step", cell: ({ secondsPerStep }) => secondsPerStep?.toFixed(2) ?? NONE, numeric: true },
  ];
}

/** The sweep as Markdown: the table, and one row for each run. */
export function sweepMarkdown(results: SweepResults): string {
  const { config, fixed, runs, score: name } = results;
  const shown = (value: number | null) => (value === null ? NONE : score(value));
  const blocks = [
    `# Sweep of ${escapeMarkdown(config)}`,
    ...(fixed.length > 0 ? [`In every run: ${fixed.map(escapeMarkdown).join(", ")}.`] : []),
    markdownTable(results.rows, columnsOf(results)),
    `Mean ± sample standard deviation over the seeds, and the least and the greatest. Loss: the mean of a run's last steps. Step time: the median of each run, their mean.`,
    "## Runs",
    markdownTable(runs, [
      { title: "folder", cell: (run) => run.name },
      { title: "state", cell: (run) => run.state, numeric: false },
      ...(name
        ? [
            { title: `best ${name}`, cell: (run: (typeof runs)[0]) => shown(run.best) },
            { title: "at step", cell: (run: (typeof runs)[0]) => String(run.bestStep ?? NONE) },
            { title: `last ${name}`, cell: (run: (typeof runs)[0]) => shown(run.last) },
          ]
        : []),
      { title: "loss", cell: (run) => run.loss?.toExponential(2) ?? NONE },
      { title: "s/step", cell: (run) => run.secondsPerStep?.toFixed(2) ?? NONE },
      { title: "skipped", cell: (run) => String(run.skipped) },
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** `0.612 ± 0.008`, or the value alone if there is a single run. */
function meanOf(spread: Spread | null, format: (value: number) => string): string {
  if (!spread) return NONE;
  const { mean, deviation } = spread;
  return deviation === null ? format(mean) : `${format(mean)} ± ${format(deviation)}`;
}

function rangeOf(spread: Spread | null, format: (value: number) => string): string {
  return spread ? `${format(spread.low)}–${format(spread.high)}` : NONE;
}
