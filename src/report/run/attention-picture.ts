import type { AttentionSummary } from "../../nn/attention.ts";
import { type Html, html } from "../kit/html.ts";

/** Sizes, pixels. */
const ROW = 15;
const STAGE_GAP = 5;
const CELL = 46;
const NAMES = 190;
const ENTROPY_GAP = 18;
const ENTROPY_BAR = 110;
const MARGIN = 16;
const HEADER = 78;
const FOOTER = 26;

/** Colours of weights 0 and 1; those between are interpolated. */
const LIGHT = [247, 250, 253] as const;
const DARK = [8, 64, 129] as const;

interface AttentionPictureText {
  readonly title: string;
  readonly subtitle: string;
}

/**
 * Draws how dynamic convolutions mix their kernels: one row a layer, one column a kernel, and the
 * entropy beside them.
 *
 * @returns An SVG picture that stands alone.
 */
export function drawAttention(
  layers: readonly AttentionSummary[],
  { title, subtitle }: AttentionPictureText,
): string {
  const kernels = Math.max(...layers.map(({ usage }) => usage.length));
  const entropyX = NAMES + kernels * CELL + ENTROPY_GAP;
  const width = entropyX + ENTROPY_BAR + 2 * MARGIN;
  const tops = rowTops(layers, HEADER);
  const bottom = (tops.at(-1) ?? HEADER) + ROW;
  const height = bottom + FOOTER;
  const columns = Array.from({ length: kernels }, (_, k) => k);
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10" fill="#1b1f24">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<g transform="translate(${MARGIN} 0)">
<text y="24" font-size="15" font-weight="bold">${title}</text>
<text y="42" font-size="11" fill="#5c6670">${subtitle}</text>
<g font-size="11" fill="#5c6670" text-anchor="middle">
${columns.map((k) => html`<text x="${NAMES + (k + 0.5) * CELL}" y="${HEADER - 10}">${k === 0 ? "kernel 1" : k + 1}</text>\n`)}
<text x="${entropyX}" y="${HEADER - 10}" text-anchor="start">entropy</text>
</g>
${layers.map((layer, row) => layerRow(layer, tops[row] as number, entropyX))}
<text y="${height - 9}" fill="#5c6670">weight of each kernel; entropy 0: one kernel does it all, 1: all count the same</text>
</g>
</svg>
`.markup;
}

/** The top of each layer's row in pixels; there is a gap between stages (`stage3_…`, `head1_…`). */
export function rowTops(layers: readonly AttentionSummary[], first: number): number[] {
  const stageOf = (row: number) => layers[row]?.layer.split("_", 1)[0];
  let top = first;
  return layers.map((_, row) => {
    if (row > 0) top += ROW + (stageOf(row) === stageOf(row - 1) ? 0 : STAGE_GAP);
    return top;
  });
}

function layerRow({ layer, usage, entropy }: AttentionSummary, y: number, entropyX: number): Html {
  const baseline = y + ROW - 4;
  const cells = usage.map((weight, k) => {
    const x = NAMES + k * CELL;
    const ink = weight > 0.5 ? "#ffffff" : "#1b1f24";
    return html`<rect x="${x}" y="${y}" width="${CELL - 1}" height="${ROW - 1}" fill="${colourOf(weight)}"/><text x="${x + CELL / 2}" y="${baseline}" text-anchor="middle" fill="${ink}">${weight.toFixed(2)}</text>`;
  });
  const bar = (entropy * ENTROPY_BAR * 0.7).toFixed(1);
  return html`<text x="${NAMES - 8}" y="${baseline}" text-anchor="end">${layer.replace(/_conv$/, "")}</text>${cells}<rect x="${entropyX}" y="${y + 3}" width="${bar}" height="${ROW - 7}" fill="#b4530a"/><text x="${entropyX + ENTROPY_BAR * 0.75}" y="${baseline}">${entropy.toFixed(2)}</text>
`;
}

function colourOf(weight: number): string {
  const share = Math.min(Math.max(weight, 0), 1);
  const mixed = LIGHT.map((light, i) => Math.round(light + share * ((DARK[i] as number) - light)));
  return `rgb(${mixed.join(",")})`;
}
