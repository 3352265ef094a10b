/** NODE_OPTIONS as Node takes it apart: at spaces, except between double quotes, where a backslash escapes. */
export function splitNodeOptions(text: string): string[] {
  const options: string[] = [];
  for (const [part] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"?|[^ "])+/gs)) {
    options.push(part.replace(/"((?:[^"\\]|\\.)*)"?/gs, (_, quoted: string) => quoted.replace(/\\(.)/gs, '$1')));
  }
  return options;
}

/** What this Node was started with. The last one of a kind counts. */
export function optionsInForce(): string[] {
  return [...splitNodeOptions(process.env['NODE_OPTIONS'] ?? ''), ...process.execArgv];
}

export function joinNodeOptions(options: readonly string[]): string {
  return options.map((option) => (/[ "]/.test(option) ? `"${option.replace(/["\\]/g, '\\$&')}"` : option)).join(' ');
}
