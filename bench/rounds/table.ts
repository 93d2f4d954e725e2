// Markdown tables whose columns line up, so that a terminal shows them well too.

/** The first row is the head. The first column is aligned to the left, the others to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.filter((row) => !isRemark(row)).map((row) => (row[column] ?? '').length)),
  );
  const pad = (cell: string, column: number): string => {
    const width = widths[column] ?? 0;
    return column === 0 ? cell.padEnd(width) : cell.padStart(width);
  };
  const line = (cells: readonly string[]): string => `| ${cells.map(pad).join(' | ')} |`;
  const [head = [], ...body] = rows;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [line(head), line(rule), ...body.map((row) => line(row))];
}

/** A figure of a table; a dash where there is none. */
export function formatFigure(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits);
}

/** A row with a reason in place of figures. It must not widen the columns of figures. */
function isRemark(row: readonly string[]): boolean {
  return row.length > 2 && row.slice(2).every((cell) => cell === '');
}
