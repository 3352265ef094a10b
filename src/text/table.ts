import { styleText } from 'node:util';

export type Style = Parameters<typeof styleText>[0];

/** Text, optionally in a style for terminals. */
export type Cell = string | { readonly text: string; readonly style: Style | undefined };

interface Layout {
  /** Spaces between columns. */
  readonly gap?: number;
  /** Spaces before the first column. */
  readonly indent?: number;
  /** Whether to apply the styles, as escape sequences, which take no room on a terminal. */
  readonly colored?: boolean;
}

/**
 * Lays out a table.
 *
 * @param rows a row without cells is a blank line; missing cells are empty
 * @param align a side for each column
 * @returns a line for each row, without spaces at its end
 */
export function layOut(
  rows: readonly (readonly Cell[])[],
  align: readonly ('left' | 'right')[],
  { gap = 2, indent = 0, colored = false }: Layout = {},
): string[] {
  const widths = align.map((_, column) => Math.max(...rows.map((row) => textOf(row[column]).length)));
  const paint = (cell: Cell | undefined, column: number): string => {
    const [text, width = 0] = [textOf(cell), widths[column]];
    const padded = align[column] === 'right' ? text.padStart(width) : text.padEnd(width);
    const style = typeof cell === 'object' ? cell.style : undefined;
    // The caller decides whether this is for a terminal. styleText would guess.
    return colored && style ? styleText(style, padded, { validateStream: false }) : padded;
  };
  const [margin, space] = [' '.repeat(indent), ' '.repeat(gap)];
  return rows.map((row) => `${margin}${align.map((_, column) => paint(row[column], column)).join(space)}`.trimEnd());
}

/** A cell without its style. */
export function textOf(cell: Cell = ''): string {
  return typeof cell === 'string' ? cell : cell.text;
}
