import { Html, html } from "./html.ts";

export interface PageSection {
  /** Anchor, of letters and hyphens. */
  readonly id: string;
  readonly title: string;
  readonly content: Html;
}

/** A whole page in one file: its style is within, and it asks the network for nothing. */
export function page(title: string, lead: Html, sections: readonly PageSection[]): string {
  const links = sections.map((section) => html`<a href="#${section.id}">${section.title}</a>`);
  const body = sections.map(
    ({ id, title: heading, content }) => html`<section id="${id}"><h2>${heading}</h2>${content}</section>\n`,
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>${lead}<nav>${links}</nav></header>
<main>
${body}</main>
</body>
</html>
`.markup;
}

/** A plot or picture with a caption below. */
export function figure(content: Html, caption: Html | string): Html {
  return html`<figure>${content}<figcaption>${caption}</figcaption></figure>`;
}

/** The numbers that matter most, each above its name; the first stands out. */
export function tiles(numbers: readonly (readonly [value: string, name: string])[]): Html {
  const each = numbers.map(
    ([value, name], index) =>
      html`<div class="tile${index === 0 ? " lead" : ""}"><b>${value}</b><span>${name}</span></div>`,
  );
  return html`<div class="tiles">${each}</div>`;
}

/** A name and a value for people to read, such as `["flip test", "off"]`. */
export type Fact = readonly [name: string, value: string];

/** Facts, a line each. */
export function factList(facts: readonly Fact[]): Html {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** A column of a table, in HTML or, where its cells are text, in Markdown too. */
export interface Column<Row, Cell = string | Html> {
  readonly title: string;
  readonly cell: (row: Row) => Cell;
  /** Numbers stand to the right. @default true but for the first column */
  readonly numeric?: boolean;
  /** What the column means, where its title cannot say it; Markdown leaves it out. */
  readonly hint?: string;
}

export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): Html {
  const classOf = ({ numeric }: Column<Row>, index: number): string =>
    (numeric ?? index > 0) ? "number" : "text";
  const head = columns.map((column, index) => {
    const hint = column.hint === undefined ? undefined : html` title="${column.hint}"`;
    return html`<th scope="col" class="${classOf(column, index)}"${hint}>${column.title}</th>`;
  });
  const body = rows.map(
    (row) =>
      html`<tr>${columns.map((column, index) => html`<td class="${classOf(column, index)}">${column.cell(row)}</td>`)}</tr>\n`,
  );
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** The colours of a plot and their meaning. */
export function legend(entries: readonly (readonly [color: string, text: string])[]): Html {
  return html`<p class="legend">${entries.map(
    ([color, text]) => html`<span><i style="background:${color}"></i>${text}</span> `,
  )}</p>`;
}

/** One colour for each kind of error or outcome, the same in every plot. */
const COLORS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  paper: ["#ffffff", "#15181d"],
  panel: ["#f5f6f8", "#1d2128"],
  ink: ["#1b1f24", "#e7eaee"],
  muted: ["#5c6670", "#9aa5b1"],
  line: ["#dde1e6", "#343b45"],
  accent: ["#1f5fbf", "#7fb0ff"],
  second: ["#b4530a", "#f2a65a"],
  third: ["#6b4fb3", "#b8a2f0"],
  good: ["#2e8b57", "#58c98b"],
  jitter: ["#d9b23c", "#e6c65c"],
  inversion: ["#d9743a", "#f0925a"],
  swap: ["#b5468b", "#e07fbb"],
  miss: ["#c0392b", "#f0705f"],
  scoring: ["#3f78c9", "#7aa7ee"],
  background: ["#7a6bb0", "#a99be0"],
  missed: ["#4b5a68", "#8d9cab"],
};

function variables(theme: 0 | 1): string {
  return Object.entries(COLORS)
    .map(([name, colors]) => `--${name}:${colors[theme]}`)
    .join(";");
}

const STYLE: Html = new Html(`
:root{${variables(0)};color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{${variables(1)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main{max-width:1120px;margin:0 auto;padding:0 28px}
header{padding-top:40px}
h1{font-size:30px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:21px;margin:0 0 10px;letter-spacing:-.005em}
h3{font-size:16px;margin:26px 0 6px}
p{margin:0 0 12px;max-width:76ch}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{background:var(--panel);padding:14px 16px;border-radius:8px;overflow-x:auto;font-size:13px;line-height:1.5;margin:14px 0}
a{color:var(--accent)}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;padding:14px 0;margin-top:18px;border-top:1px solid var(--line);border-bottom:1px solid var(--line);font-size:14px}
nav a{text-decoration:none}
section{padding:34px 0 6px}
section+section{border-top:1px solid var(--line)}
.muted,figcaption{color:var(--muted)}
figure{margin:14px 0 18px;overflow-x:auto}
@media (max-width:640px){header,main{padding:0 16px}.plot[width="1064"],.plot[width="880"],.plot[width="760"]{min-width:600px}dl.facts{grid-template-columns:minmax(0,2fr) 3fr}}
figcaption{font-size:13.5px;max-width:76ch;margin-top:4px}
.plot{--plot-background:var(--paper);max-width:100%;height:auto;font-size:12px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,330px),1fr));gap:10px 22px;align-items:start}
.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:14px 24px}
pre.columns{columns:2 400px;column-gap:32px}
.chart{margin:8px 0 10px}
.chart figcaption{margin:0 0 2px;max-width:none}
.chart b{color:var(--ink);font-size:15px;margin-right:8px}
.chart i,.legend i.ramp{display:inline-block;width:11px;height:11px;border-radius:2px;margin:0 5px 0 0}
.chart i~i{margin-left:10px}
.legend i.ramp{width:120px;margin:0 6px;background:linear-gradient(90deg,var(--panel),var(--second))}
.samples{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(30%,118px),1fr));gap:12px;margin:14px 0 20px}
.samples img{width:100%;height:auto;border-radius:6px}
.tiles{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:10px;margin:20px 0 14px}
.tile{background:var(--panel);border-radius:8px;padding:12px 14px}
.tile b{display:block;font-size:25px;line-height:1.2;font-variant-numeric:tabular-nums;font-weight:650}
.tile span{color:var(--muted);font-size:13px}
.tile.lead{background:var(--accent);color:var(--paper)}
.tile.lead span{color:inherit;opacity:.85}
@media (max-width:640px){.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 20px;margin:16px 0;font-size:14.5px}
dl.facts dt{color:var(--muted)}
dl.facts dd{margin:0;overflow-wrap:anywhere}
ul.findings{padding:0;margin:14px 0;list-style:none;max-width:84ch}
ul.findings li{padding:8px 0 8px 16px;border-left:3px solid var(--line);margin-bottom:8px}
ul.findings li.good{border-color:var(--good)}
ul.findings li.cost{border-color:var(--miss)}
ul.findings li.look{border-color:var(--accent)}
ul.notes{font-size:14.5px;padding-left:18px;max-width:96ch;overflow-wrap:anywhere}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;margin:10px 0 16px;font-variant-numeric:tabular-nums}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;white-space:nowrap}
td.text{white-space:normal}
th{color:var(--muted);font-weight:600;font-size:13px}
th[title]{text-decoration:underline dotted;text-underline-offset:3px;cursor:help}
.number{text-align:right}
.up{color:var(--good)}.down{color:var(--miss)}
.legend{font-size:13.5px;color:var(--muted);margin:10px 0 2px;max-width:none}
.legend span{display:inline-block;margin-right:16px}
.legend i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,420px),1fr));gap:24px;margin-top:16px}
.card{margin:0}
.pairs .card{display:grid;grid-template-columns:1fr 1fr;gap:8px;margin-bottom:26px}
.pairs .card figcaption{grid-column:1/-1}
.card svg{display:block;width:100%;height:auto;border-radius:6px;background:#22262c}
.card figcaption{color:var(--ink);font-size:14px}
.card figcaption span{color:var(--muted);display:block;font-size:13px}
@media print{nav{display:none}section{break-inside:avoid-page}}
`);
