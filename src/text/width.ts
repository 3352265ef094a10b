/**
 * Terminals draw most of these characters two columns wide: East Asian scripts, emoji and other symbols. Terminals
 * differ in which ones, so all of them count as wide.
 */
const WIDE = /[\u1100-\u115f\u2300-\u23ff\u25fd\u25fe\u2600-\u27bf\u2900-\u{10ffff}]/u;

/** The maximum number of terminal columns that a text takes. @param text without control characters */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : 1;
  return width;
}

/**
 * Cuts a text to this many terminal columns. A shortened text ends with "…".
 *
 * @param text without control characters
 */
export function cutToWidth(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let [fitting, width] = ['', 1];
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    fitting += character;
  }
  return columns > 0 ? `${fitting}…` : '';
}
