import type { AttentionSummary } from "../../nn/attention.ts";
import type { AttentionRecord } from "../../run/run-records.ts";
import { type Html, html } from "../kit/html.ts";
import { score } from "../kit/numbers.ts";
import { rowTops } from "./attention-picture.ts";

/** Sizes, pixels. */
const WIDTH = 1064;
const NAMES = 186;
const ENTROPY = 66;
const HEADER = 40;
const ROW = 15;
const LARGEST_CELL = 46;
const MOST_USAGE = 240;

/** The most measurements that are drawn; of more, evenly spaced ones. */
const MAX_COLUMNS = 80;

/** How many epochs are written above the columns. */
const LABELS = 12;

/**
 * Draws how the dynamic convolutions' attention changed: one row a layer, with its entropy over the
 * epochs, the last entropy as a number, and the mean weight of each kernel.
 *
 * @param records At least one.
 */
export function attentionHistory(records: readonly AttentionRecord[]): Html {
  const columns = spread(records, MAX_COLUMNS);
  const last = (columns.at(-1)?.layers ?? []) as readonly AttentionSummary[];
  const tops = rowTops(last, HEADER);
  const height = (tops.at(-1) ?? HEADER) + ROW + 4;
  const base = leastEntropy(records);
  const kernels = Math.max(...last.map(({ usage }) => usage.length));
  const cell = Math.min(LARGEST_CELL, MOST_USAGE / kernels);
  const usageX = WIDTH - kernels * cell;
  const historyWidth = usageX - ENTROPY - NAMES;
  const columnWidth = historyWidth / columns.length;
  const labelled = spread(
    columns.map((_, column) => column),
    LABELS,
  );
  const rows = last.map(({ layer, entropy, usage }, row) => {
    const y = tops[row] as number;
    const baseline = y + ROW - 4;
    const history = columns.map(({ layers }, column) => {
      const value = layers[row]?.entropy ?? 1;
      return html`<rect x="${(NAMES + column * columnWidth).toFixed(1)}" y="${y}" width="${columnWidth.toFixed(1)}" height="${ROW - 1}" fill-opacity="${((1 - value) / (1 - base)).toFixed(2)}"/>`;
    });
    return html`<text x="${NAMES - 10}" y="${baseline}" text-anchor="end">${layer.replace(/_conv$/, "")}</text>
<rect x="${NAMES}" y="${y}" width="${historyWidth}" height="${ROW - 1}" fill="var(--panel)"/><g fill="var(--second)">${history}</g>
<text x="${NAMES + historyWidth + 12}" y="${baseline}">${score(entropy)}</text>${usageCells(usage, usageX, y, cell)}\n`;
  });
  const heading = (x: number, text: string, anchor = "start") =>
    html`<text x="${x}" y="${HEADER - 12}" text-anchor="${anchor}">${text}</text>`;
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Entropy of each layer’s attention over the epochs, and the use of its kernels" font-size="11" fill="currentColor">
<g fill="var(--muted)">${heading(NAMES - 10, "epoch", "end")}${labelled.map((column) => heading(NAMES + (column + 0.5) * columnWidth, String(columns[column]?.epoch), "middle"))}
${heading(NAMES + historyWidth + 12, "last")}${Array.from({ length: kernels }, (_, k) => heading(usageX + (k + 0.5) * cell, k === 0 && cell === LARGEST_CELL ? "kernel 1" : String(k + 1), "middle"))}</g>
${rows}</svg>`;
}

/** The entropy that the darkest colour stands for: the lowest there is, rounded down to tenths, 0.9 at most. */
export function leastEntropy(records: readonly AttentionRecord[]): number {
  const all = records.flatMap(({ layers }) => layers.map(({ entropy }) => entropy));
  return Math.min(0.9, Math.floor(10 * all.reduce((least, value) => Math.min(least, value), 1)) / 10);
}

function usageCells(usage: readonly number[], x: number, y: number, width: number): Html {
  const cells = usage.map((weight, k) => {
    const share = Math.min(Math.max(weight, 0), 1);
    const ink = share > 0.55 ? "var(--paper)" : "currentColor";
    const [left, middle] = [(x + k * width).toFixed(1), (x + (k + 0.5) * width).toFixed(1)];
    const text = width >= 26 ? share.toFixed(2) : "";
    return html`<rect x="${left}" y="${y}" width="${(width - 1).toFixed(1)}" height="${ROW - 1}" fill="var(--panel)"/><rect x="${left}" y="${y}" width="${(width - 1).toFixed(1)}" height="${ROW - 1}" fill="var(--accent)" fill-opacity="${share.toFixed(2)}"/><text x="${middle}" y="${y + ROW - 4}" text-anchor="middle" fill="${ink}">${text}</text>`;
  });
  return html`${cells}`;
}

/** At most `most` items, evenly spaced, the first and the last among them. */
function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => items[Math.round(i * step)] as T);
}
