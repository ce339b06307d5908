import type { Column, Fact } from "./page.ts";

/** What Markdown reads as more than text anywhere, and what only as the first word of a line. */
const SPECIAL = /[\\`*_[\]<>|~&]/g;
const SPECIAL_FIRST = /^(\d*)([-+#=.)]+)(?=\s|$)/;

/** Text as it may stand in Markdown, whatever it holds. */
export function escapeMarkdown(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(SPECIAL, "\\$&").replace(SPECIAL_FIRST, "$1\\$2");
}

export function markdownTable<Row>(rows: readonly Row[], columns: readonly Column<Row, string>[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(columns.map(({ title }) => escapeMarkdown(title))),
    line(columns.map(({ numeric }, index) => ((numeric ?? index > 0) ? "---:" : "---"))),
    ...rows.map((row) => line(columns.map(({ cell }) => escapeMarkdown(cell(row))))),
  ].join("\n");
}

/** Facts as a list. */
export function markdownFacts(facts: readonly Fact[]): string {
  return facts.map(([name, value]) => `- ${escapeMarkdown(name)}: ${escapeMarkdown(value)}`).join("\n");
}

/** A block that stands as it is; a fence longer than any within keeps it closed. */
export function codeBlock(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
