import { type Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

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

/** A plot or picture with what it shows said beneath. */
export function figure(content: Html, caption: Html | string): Html {
  return html`<figure>${content}<figcaption>${caption}</figcaption></figure>`;
}

/** Numbers to be seen at once, each over its name; the first stands out. */
export function tiles(numbers: readonly (readonly [value: string, name: string])[]): Html {
  const each = numbers.map(
    ([value, name], index) =>
      html`<div class="tile${index === 0 ? " lead" : ""}"><b>${value}</b><span>${name}</span></div>`,
  );
  return html`<div class="tiles">${each}</div>`;
}

/** Names and what holds, line by line. */
export function factList(facts: readonly (readonly [name: string, value: string])[]): Html {
  return html`<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string | Html;
  /** Numbers stand to the right, in columns. @default true but for the first column */
  readonly numeric?: boolean;
  /** What the column means, where its title cannot say it. */
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

/** What the colours of a plot stand for. */
export function legend(entries: readonly (readonly [color: string, text: string])[]): Html {
  return html`<p class="legend">${entries.map(
    ([color, text]) => html`<span><i style="background:${color}"></i>${text}</span> `,
  )}</p>`;
}
