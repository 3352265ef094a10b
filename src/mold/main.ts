/** The main module of a mold, and in each copy of it that of a worker. */
import { loadNative } from '../native/binding.ts';
import { openStatusLink, STATUS_FD } from '../protocol/channel.ts';
import { takeMoldAssignment } from '../protocol/environment.ts';
import { runWorker } from '../worker/main.ts';
import { collect, settle } from './pristine.ts';
import { serve, tell } from './serve.ts';
import { tryFork } from './trial.ts';

/** Signals that are for the supervisor and for workers. A mold leaves when the supervisor closes its command channel. */
const HELD = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const;

const native = loadNative();
native.holdSignals(HELD);
native.parentDeathSignal('SIGKILL', process.ppid);
process.title = 'swarm mold';

const assignment = takeMoldAssignment(process.env);
void assignment;
await settle();
collect();
const reason = await tryFork(native);
if (reason !== undefined) {
  tell({ type: 'unfit', reason });
  native.exit(0);
}
tell({ type: 'preloaded', packages: 0, milliseconds: Math.round(performance.now()), bytes: 0 });
// What has been loaded may have set handlers of its own.
native.holdSignals(HELD);
const worker = serve(native);

// From here on this is a worker.
Object.defineProperty(process, 'pid', { value: Number((await import('node:fs')).readlinkSync('/proc/self')) });
await runWorker(worker, openStatusLink(STATUS_FD), native);
