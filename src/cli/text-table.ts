interface ColumnOptions {
  /** Columns that are aligned right, counted from 0. */
  readonly right?: readonly number[];
  /** The minimum width of each column. */
  readonly least?: readonly number[];
}

/** Lays rows out in columns two spaces apart, each as wide as its widest cell. */
export function alignColumns(rows: readonly (readonly string[])[], options: ColumnOptions = {}): string[] {
  const widths = columnWidths(rows, options);
  return rows.map((row) => alignRow(row, widths, options));
}

/** The same with a header and a rule above; `right` names columns by their titles. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  const options = { right: header.flatMap((title, column) => (right.includes(title) ? [column] : [])) };
  const widths = columnWidths([header, ...rows], options);
  const rule = widths.map((width) => "-".repeat(width));
  return [header, rule, ...rows].map((row) => alignRow(row, widths, options)).join("\n");
}

function columnWidths(rows: readonly (readonly string[])[], { least = [] }: ColumnOptions): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, column) =>
    Math.max(least[column] ?? 0, ...rows.map((row) => row[column]?.length ?? 0)),
  );
}

function alignRow(row: readonly string[], widths: readonly number[], { right = [] }: ColumnOptions): string {
  return row
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
    })
    .join("  ")
    .trimEnd();
}
