import { expect, test } from "vitest";
import { alignColumns, formatTable } from "../../src/cli/text-table.ts";

test("columns are as wide as their widest cell, or as the least width, and lines end with their text", () => {
  const rows = [
    ["name", "n", "note"],
    ["a", "10"],
    ["long name", "2", "x"],
  ];
  expect(alignColumns(rows, { right: [1], least: [0, 3] })).toEqual([
    "name         n  note",
    "a           10",
    "long name    2  x",
  ]);
  expect(alignColumns([])).toEqual([]);
});

test("a table has a rule below its header; columns of one title align alike", () => {
  expect(formatTable(["", "min", "min"], [["loss", "1", "0.25"]], ["min"])).toBe(
    ["      min   min", "----  ---  ----", "loss    1  0.25"].join("\n"),
  );
});
