/** The resident memory of this process, bytes; undefined if Node cannot read /proc. */
export function residentMemory(): number | undefined {
  try {
    return process.memoryUsage.rss();
  } catch {
    return undefined;
  }
}
