// biome-ignore lint/suspicious/noControlCharactersInRegex: they end a value, as a space does
const NEEDS_QUOTES = /[\u0000-\u0020"=\\]|^$/;

/**
 * Formats fields as one line of logfmt, in their order: `worker=1 msg="is ready"`. Quoted values have JSON's escapes,
 * which logfmt parsers understand, so a line break in a value does not break the line.
 */
export function toLogfmt(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${value === null ? '' : encode(String(value))}`)
    .join(' ');
}

function encode(text: string): string {
  return NEEDS_QUOTES.test(text) ? JSON.stringify(text) : text;
}
