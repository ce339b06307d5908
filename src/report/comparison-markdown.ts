import { describeChange } from "./comparison-page.ts";
import { type ComparisonReport, intervalOf, verdict } from "./comparison-report.ts";
import { escapeMarkdown, markdownFacts, markdownTable } from "./markdown.ts";
import { NONE, percent, score, signed } from "./numbers.ts";

/** The report of a comparison as Markdown: its numbers without plots and pictures. */
export function comparisonMarkdown(report: ComparisonReport): string {
  const { title, facts, comparison, changed, firstName, secondName } = report;
  const blocks = [
    `# ${escapeMarkdown(title)}`,
    escapeMarkdown(verdict(report)),
    markdownFacts(facts),
    markdownTable(comparison.lines, [
      { title: "line", cell: ({ name }) => name },
      { title: firstName, cell: ({ first }) => score(first) },
      { title: secondName, cell: ({ second }) => score(second) },
      { title: "difference", cell: ({ difference }) => (difference ? signed(difference.value) : NONE) },
      {
        title: `${percent(comparison.options.confidence, 0)} interval`,
        cell: ({ difference }) => (difference ? intervalOf(difference) : NONE),
      },
      { title: "not better", cell: ({ difference }) => (difference ? percent(difference.notBetter) : NONE) },
    ]),
    "## Images that changed most",
    markdownTable(changed, [
      { title: "image", cell: ({ imageId }) => String(imageId) },
      { title: "change", cell: (image) => describeChange(image, firstName, secondName), numeric: false },
    ]),
  ];
  return `${blocks.join("\n\n")}\n`;
}
