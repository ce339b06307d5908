import { expect, test } from "vitest";
import { codeBlock, escapeMarkdown, markdownTable } from "../../../src/report/kit/markdown.ts";

test("text that Markdown would read as more is escaped, other text left alone", () => {
  expect(escapeMarkdown("left_hip | <b> [x](y) `z` *a*\nb")).toBe(
    "left\\_hip \\| \\<b\\> \\[x\\](y) \\`z\\` \\*a\\* b",
  );
  expect(escapeMarkdown("+0.012")).toBe("+0.012");
  expect(escapeMarkdown("# title")).toBe("\\# title");
  expect(escapeMarkdown("1. first")).toBe("1\\. first");
  expect(escapeMarkdown("- item")).toBe("\\- item");
  expect(escapeMarkdown("val-2017.json")).toBe("val-2017.json");
});

test("a table has a head, a line and a row each", () => {
  const table = markdownTable(
    [{ a: "x|y", b: 1 }],
    [
      { title: "name", cell: ({ a }) => a },
      { title: "number", cell: ({ b }) => String(b) },
    ],
  );
  expect(table).toBe("| name | number |\n| --- | ---: |\n| x\\|y | 1 |");
});

test("a code block's fence is longer than any within", () => {
  expect(codeBlock("a\n````\nb")).toBe("`````text\na\n````\nb\n`````");
});
