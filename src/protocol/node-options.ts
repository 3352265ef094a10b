/** NODE_OPTIONS as Node takes it apart: at spaces, except between double quotes, where a backslash escapes. */
export function splitNodeOptions(text: string): string[] {
  const options: string[] = [];
  for (const [part] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"?|[^ "])+/gs)) {
    options.push(part.replace(/"((?:[^"\\]|\\.)*)"?/gs, (_, quoted: string) => quoted.replace(/\\(.)/gs, '$1')));
  }
  return options;
}

export function joinNodeOptions(options: readonly string[]): string {
  return options.map((option) => (/[ "]/.test(option) ? `"${option.replace(/["\\]/g, '\\$&')}"` : option)).join(' ');
}
