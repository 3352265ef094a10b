/** Splits NODE_OPTIONS like Node: at spaces, except within double quotes, where a backslash escapes a character. */
export function splitNodeOptions(text: string): string[] {
  const options: string[] = [];
  for (const [part] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"?|[^ "])+/gs)) {
    options.push(part.replace(/"((?:[^"\\]|\\.)*)"?/gs, (_, quoted: string) => quoted.replace(/\\(.)/gs, '$1')));
  }
  return options;
}

/** The options of this Node process. The last one of a kind wins. */
export function optionsInForce(): string[] {
  return [...splitNodeOptions(process.env['NODE_OPTIONS'] ?? ''), ...process.execArgv];
}

export function joinNodeOptions(options: readonly string[]): string {
  return options.map((option) => (/[ "]/.test(option) ? `"${option.replace(/["\\]/g, '\\$&')}"` : option)).join(' ');
}
