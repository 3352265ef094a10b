/** A line of the supervisor's log. */
export interface LogLine {
  level: string;
  event: string;
  worker?: number;
  index?: number;
  pid?: number;
  status?: number;
  signal?: string;
  reason?: string;
  failures?: number;
  limit?: number;
  msg: string;
}

/** The log lines among the lines that a swarm printed. */
export function logIn(lines: readonly string[]): LogLine[] {
  return lines.filter((line) => line.startsWith('{"level"')).map((line) => JSON.parse(line) as LogLine);
}

/** The lines that fixtures printed with `say()`: "<word> <index> …". */
export function saidIn(lines: readonly string[], word: string): string[] {
  return lines.filter((line) => line.startsWith(`${word} `));
}
