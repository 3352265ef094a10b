import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../config/errors.ts';
import { findSwarm, NotRunningError, statusAt } from './target.ts';
import { screenOf } from './top/screen.ts';
import { Terminal } from './top/terminal.ts';
import { press, START } from './top/view.ts';

/** Polling interval, in milliseconds. */
const INTERVAL = 1000;

/**
 * Implements `swarm top`: shows the running swarm live, until `q`.
 *
 * @throws UserError if no swarm or several swarms run, if there is no terminal, or when the swarm stops
 */
export async function showTop(pid: number | undefined): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UsageError('"swarm top" needs a terminal; "swarm status" prints the same once.');
  }
  const path = await findSwarm(pid);
  let before = await statusAt(path);
  let now = before;
  let view = START;
  let room = { workers: 0, page: 0 };
  const quit = new AbortController();
  const draw = () => {
    const screen = screenOf(now, before, view, terminal.size, !process.env['NO_COLOR']);
    room = screen.room;
    terminal.draw(screen.lines);
  };
  const terminal = new Terminal({
    pressed(key) {
      if (key === 'q') return quit.abort();
      view = press(view, key, room);
      draw();
    },
    changed: draw,
    quit: () => quit.abort(),
  });
  try {
    while (!quit.signal.aborted) {
      draw();
      await sleep(INTERVAL, undefined, { signal: quit.signal });
      [before, now] = [now, await statusAt(path, quit.signal)];
    }
  } catch (error) {
    if (quit.signal.aborted) return;
    if (!(error instanceof NotRunningError)) throw error;
    throw new NotRunningError(`the swarm (pid ${now.pid}) no longer answers: it has stopped, or hangs.`);
  } finally {
    terminal.close();
  }
}
