import type { Column, Fact } from "./page.ts";

/** Characters with a meaning in Markdown: anywhere in a line, and as a line's first word. */
const SPECIAL = /[\\`*_[\]<>|~&]/g;
const SPECIAL_FIRST = /^(\d*)([-+#=.)]+)(?=\s|$)/;

/** Escapes text, so that Markdown shows it as it is. */
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

/** A code block. Its fence is longer than any run of backticks in the text, which therefore cannot close it. */
export function codeBlock(text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}
