/** Cells of one row as they are printed. */
type Cells = readonly string[];

/**
 * @param align for each column
 * @returns the lines, columns two spaces apart, without spaces at the end
 */
export function layOut(rows: readonly Cells[], align: readonly ('left' | 'right')[]): string[] {
  const widths = align.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const cells = widths.map((width, column) => {
      const cell = row[column] ?? '';
      return align[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return cells.join('  ').trimEnd();
  });
}
