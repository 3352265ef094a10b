import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { UsageError } from '../config/errors.ts';
import { overview } from './overview.ts';
import { statusAt } from './status.ts';
import { findSwarm, NotRunningError } from './target.ts';

/** Between two pictures, milliseconds. */
const INTERVAL = 1000;

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Keys that end it. The last two are Ctrl-C and Ctrl-D: in raw mode, a terminal passes them on. */
const QUIT = ['q', 'Q', '\x03', '\x04'];

/**
 * `swarm top`: the running swarm, live, until `q`.
 *
 * @throws UserError where no swarm or several run, without a terminal, and when the swarm stops
 */
export async function showTop(pid: number | undefined): Promise<void> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    throw new UsageError('"swarm top" needs a terminal; "swarm status" prints the same once.');
  }
  const path = await findSwarm(pid);
  let before = await statusAt(path);
  let now = before;
  const draw = () =>
    stdout.write(picture(overview(now, before, !process.env['NO_COLOR']), stdout.columns, stdout.rows));

  const quit = new AbortController();
  stdin.setRawMode(true);
  stdin.on('data', (keys: Buffer) => {
    if (QUIT.some((key) => keys.includes(key))) quit.abort();
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => quit.abort());
  stdout.write(ENTER);
  stdout.on('resize', draw);
  try {
    while (!quit.signal.aborted) {
      draw();
      await sleep(INTERVAL, undefined, { signal: quit.signal }).catch(() => {});
      [before, now] = [now, await statusAt(path)];
    }
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error;
    throw new NotRunningError(`the swarm (pid ${now.pid}) no longer answers: it has stopped, or hangs.`);
  } finally {
    stdout.write(LEAVE);
    stdin.setRawMode(false);
    stdin.pause();
  }
}

/** The whole screen, written over the last one. Says how many lines did not fit. */
export function picture(lines: readonly string[], columns: number, rows: number): string {
  const room = rows - 1;
  const left = lines.length - room;
  const shown = left > 0 ? [...lines.slice(0, room - 1), `… and ${left + 1} more lines`] : lines;
  const body = shown.map((line) => `${cut(line, columns)}${CLEAR_LINE}\r\n`).join('');
  return `${HOME}${body}q quits${CLEAR_BELOW}`;
}

/** A line that wraps would push others off the screen. One that is cut loses its colours. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, columns);
}
