import type { Entry } from '../../log/logger.ts';
import type { Exit } from '../../process/spawner.ts';
import type { Failure, WorkerMessage } from '../../protocol/messages.ts';
import { inMB, plural, seconds } from '../../text/units.ts';
import { FORK_TIMEOUT } from '../deadlines.ts';
import type { Requester } from '../events.ts';
import type { Fleet, Slot, Worker } from '../fleet.ts';
import type { Outgrown } from '../memory.ts';
import { indexOf, slotOf, slotsInUse } from '../queries.ts';
import { about, inWords, type Notice, name, notice, requester } from './notice.ts';

/* Log lines about workers and the whole swarm. */

type Snapshot = Pick<Extract<WorkerMessage, { type: 'snapshot' }>, 'snapshot' | 'stack'>;
type Blocked = Extract<WorkerMessage, { type: 'blocked' }>;

export function started(fleet: Fleet, worker: Worker): Notice {
  return about(fleet, worker, 'info', 'worker.start', {}, `${name(fleet, worker)} started`);
}

/** Remedies when the system refuses to start a process, by error code. */
const REMEDIES: Readonly<Record<string, string>> = {
  EAGAIN: 'The process limit is reached: run fewer workers (SWARM_COUNT), or raise it (ulimit -u; a larger dyno)',
  ENOMEM: 'There is no memory left: run fewer workers (SWARM_COUNT), or give the swarm more',
  EMFILE: 'The limit of open files is reached: raise it (ulimit -n), or find the leak',
  ENFILE: "The whole machine's limit of open files is reached: raise it, or find the leak",
};

export function startFailed(fleet: Fleet, worker: Worker, reason: string): Notice {
  const others = fleet.phase === 'stopping' ? '' : '; other workers keep running';
  const code = /\bE[A-Z]+\b/.exec(reason)?.[0] ?? '';
  const remedy = Object.hasOwn(REMEDIES, code) ? `. ${REMEDIES[code]}` : '';
  const message = `${name(fleet, worker)} could not be started (${reason})${others}${remedy}`;
  return about(fleet, worker, 'error', 'worker.start', { error: reason }, message);
}

export function ready(fleet: Fleet, worker: Worker, now: number): Notice {
  const took = now - worker.startedAt;
  const message = `${name(fleet, worker)} is ready after ${seconds(took)}`;
  return about(fleet, worker, 'info', 'worker.ready', { ms: Math.round(took) }, message);
}

export function failed(fleet: Fleet, worker: Worker, failure: Failure): Notice {
  const message = `${name(fleet, worker)} ${describeFailure(failure)}`;
  return about(fleet, worker, 'error', 'worker.failed', { module: failure.module, error: failure.message }, message);
}

export function notWarmed(): Notice {
  const message = 'the warm-up does not run: it needs SWARM_PRELOAD_APP=1, which runs it before the fork';
  return notice('info', 'preload', {}, message);
}

export function quieted(fleet: Fleet, worker: Worker): Notice {
  return about(fleet, worker, unlessStopping(fleet), 'worker.quiet', {}, `${name(fleet, worker)} takes no new work`);
}

export function leaving(fleet: Fleet, worker: Worker): Notice {
  const message = `${name(fleet, worker)} finishes its work and leaves`;
  return about(fleet, worker, unlessStopping(fleet), 'worker.stop', {}, message);
}

export function snapshot(fleet: Fleet, worker: Worker, { snapshot, stack }: Snapshot): Notice {
  const fields = { snapshot, stack: stack || undefined };
  return about(fleet, worker, 'info', 'worker.snapshot', fields, `${name(fleet, worker)}: ${snapshot}`);
}

/** A blocked worker cannot say what it is busy with. Its last heartbeat did. */
export function describeBlocked({ busy, heardAt }: Worker, { state }: Blocked, now: number): string {
  return `busy with ${busy || 'nothing'} ${seconds(now - heardAt)} ago; ${state}`;
}

export function exited(fleet: Fleet, worker: Worker, exit: Exit): Notice {
  const expected =
    worker.state === 'stopping' || worker.state === 'killed' || (worker.state === 'quiet' && exit.code === 0);
  const fields = { status: exit.code ?? undefined, signal: exit.signal ?? undefined };
  const message = `${name(fleet, worker)} ${describeExit(worker, exit)}${adviseArguments(fleet, worker, exit)}`;
  // A worker without a pid was never started, so no line has announced it.
  const level = worker.pid === undefined ? 'debug' : 'info';
  return about(fleet, worker, expected ? level : 'warn', 'worker.exit', fields, message);
}

export function backoff(fleet: Fleet, slot: number, { failures, startableAt }: Slot, now: number): Notice {
  const wait = startableAt - now;
  const index = indexOf(fleet, slot);
  const message = `worker ${slot} (index ${index}) failed ${failures} times in a row: swarm starts another in ${seconds(wait)}`;
  return notice('warn', 'worker.backoff', { worker: slot, index, failures, ms: Math.round(wait) }, message);
}

export function killOverdue(fleet: Fleet, worker: Worker, now: number): Notice {
  const { timeout, bootTimeout } = fleet.policy;
  const stopping = worker.state === 'stopping';
  const late = stopping
    ? `did not stop within ${seconds(timeout)} of TERM (SWARM_TIMEOUT)`
    : `was not ready within ${seconds(bootTimeout)} (SWARM_BOOT_TIMEOUT)`;
  const busy = describeBusy(worker, now);
  const fields = { reason: stopping ? 'timeout' : 'boot', busy };
  return about(fleet, worker, 'error', 'worker.kill', fields, `${name(fleet, worker)} ${late} and is killed: ${busy}`);
}

export function killUnforked(fleet: Fleet, worker: Worker, now: number): Notice {
  const time = seconds(Math.min(FORK_TIMEOUT, now - worker.startedAt));
  const message = `the mold did not fork ${name(fleet, worker)} within ${time} and is killed; running workers continue`;
  return about(fleet, worker, 'error', 'worker.kill', { reason: 'fork' }, message);
}

export function killHung(fleet: Fleet, worker: Worker, now: number): Notice {
  const silent = seconds(now - worker.heardAt);
  const message = `${name(fleet, worker)} is killed: its event loop has been blocked for ${silent} (SWARM_HANG_TIMEOUT)`;
  return about(fleet, worker, 'error', 'worker.kill', { reason: 'hung' }, message);
}

export function blocked(fleet: Fleet, worker: Worker, now: number): Notice {
  const silent = seconds(now - worker.heardAt);
  const message =
    `${name(fleet, worker)} has been silent for ${silent}: its event loop is blocked, so it cannot stop gracefully. ` +
    'A snapshot follows if JavaScript blocks it. To have swarm replace such workers, set SWARM_HANG_TIMEOUT';
  return about(fleet, worker, 'warn', 'worker.hung', {}, message);
}

export function ofAge(fleet: Fleet, worker: Worker, now: number): Notice {
  const age = now - (worker.readyAt ?? now);
  const message = `${name(fleet, worker)} has been ready for ${seconds(age)} (SWARM_MAXAGE): it stops when its replacement is ready`;
  return about(fleet, worker, 'info', 'worker.recycle', { reason: 'age', ms: Math.round(age) }, message);
}

/** @param room whether there is memory to start the replacement first */
export function recycling(fleet: Fleet, { worker, reason }: Outgrown, room: boolean): Notice {
  const { policy, memory } = fleet;
  const size = worker.memory ?? 0;
  const { outgrown } = slotOf(fleet, worker.slot);
  const alone = reason === 'worker';
  const [bytes, limit] = alone ? [size, policy.maxMemory] : [memory.use, policy.memory];
  const why = alone
    ? `uses ${inMB(size)}, more than ${inMB(limit)} (SWARM_MAXMEM_MB)`
    : `uses ${inMB(size)}, the most of all workers, and the swarm uses ${inMB(bytes)} of ${inMB(limit)} (SWARM_MEMORY_MB)`;
  const how = room ? 'it stops when its replacement is ready' : 'it stops first, because there is no room for both';
  const cause = alone ? 'the limit may be too low for the work' : 'there may be too many workers (SWARM_COUNT)';
  const times = `. Slot ${worker.slot} has been recycled ${outgrown} times in a row, this time after less than a minute`;
  const again = outgrown > 1 ? `${times}: ${cause}` : '';
  const message = `${name(fleet, worker)} ${why}: ${how}${again}`;
  return about(fleet, worker, 'warn', 'worker.recycle', { reason, bytes, limit }, message);
}

/** @param replacement the replacement, which has ended */
export function notReplaced(fleet: Fleet, worker: Worker, replacement: Worker): Notice {
  const message = `${name(fleet, worker)} stays: its replacement ${describeMissing(replacement)}. swarm tries another later`;
  const event = worker.generation < fleet.generation ? 'reload' : 'worker.recycle';
  return about(fleet, worker, 'error', event, { reason: 'boot' }, message);
}

export function full({ policy, memory }: Fleet): Notice {
  const { use } = memory;
  const message =
    `the swarm uses ${inMB(use)} of ${inMB(policy.memory)}, and no worker has grown, so none is recycled: ` +
    'run fewer workers (SWARM_COUNT), or give the swarm more memory';
  return notice('warn', 'memory', { bytes: use, limit: policy.memory }, message);
}

export function cannotBoot(fleet: Fleet): Notice {
  const { count } = fleet.policy;
  const all = count === 1 ? 'the only worker' : `each of the ${count} workers`;
  const isRefusedOnly = slotsInUse(fleet).every((slot) => !slot.failedToBoot);
  const why = isRefusedOnly
    ? 'could not be started, three times in a row'
    : 'failed before it had been ready for a second';
  return notice('error', 'stop', { reason: 'boot' }, `giving up: ${all} ${why}; the lines before say why`);
}

export function quieting(fleet: Fleet, by: Requester): Notice {
  const message = `${inWords(by)}: workers take no new work, and swarm starts no more workers; restart swarm itself to resume`;
  return notice('info', 'quiet', { ...requester(by), workers: fleet.workers.length }, message);
}

export function allLeftQuietly(): Notice {
  return notice('info', 'quiet', { workers: 0 }, 'all workers have left; swarm waits for a stop');
}

export function stopping(fleet: Fleet, by: Requester): Notice {
  const workers = fleet.workers.length;
  const time = seconds(fleet.policy.timeout);
  const what = workers === 0 ? 'no worker is running' : `stopping ${plural(workers, 'worker')} within ${time}`;
  return notice('info', 'stop', { ...requester(by), workers }, `${inWords(by)}: ${what}`);
}

export function killingAll(fleet: Fleet): Notice {
  const workers = fleet.workers.length;
  return notice(
    'warn',
    'worker.kill',
    { reason: 'SIGINT', workers },
    `second SIGINT: killing ${plural(workers, 'worker')}`,
  );
}

export function stopped(fleet: Fleet): Notice {
  const { status } = fleet;
  const message = status === 0 ? 'stopped; every worker has left' : 'stopped with status 1; the reason is above';
  return notice(status === 0 ? 'info' : 'error', 'stopped', { status }, message);
}

/** "failed while loading /app/jobs.js: Error: no such database" */
export function describeFailure(failure: Failure): string {
  return `failed while ${failure.while} ${failure.module}: ${failure.message}`;
}

/** @param when an addition such as " within a second of being ready" */
export function describeExit(worker: Worker, { code, signal, outOfMemory }: Exit, when = ''): string {
  const stopping = worker.state === 'stopping';
  if (worker.state === 'quiet' && code === 0) return 'has finished its work and left';
  if (signal === null)
    return stopping && code === 0 ? 'stopped' : `exited with status ${code}${when}${describeStatus(worker, code)}`;
  if (stopping && (signal === 'SIGTERM' || signal === 'SIGINT')) {
    // It handled the signal, then ended itself with the same signal.
    if (worker.told.includes('stopping')) return 'stopped';
    return worker.readyAt === undefined
      ? 'stopped before it was ready'
      : `was ended by ${signal}; it has no handler for it`;
  }
  const ended = `was killed by ${signal}${when}`;
  if (worker.state === 'killed') return ended;
  if (worker.outOfHeap) return `${ended}: its heap is out of memory (--max-old-space-size)`;
  if (signal === 'SIGABRT') return `${ended}: it aborted, and its stderr says why`;
  if (outOfMemory) return `${ended}: the kernel had no memory left for this container or machine`;
  if (signal === 'SIGKILL') return `${ended}, but not by swarm: the machine may have run out of memory`;
  return ended;
}

/** Explains an exit status that would mislead on its own. */
function describeStatus({ empty, readyAt, proven }: Worker, code: number | null): string {
  // Node exits with 13 by itself.
  if (code === 13) return ': a top-level await never settled';
  if (code !== 0 || !empty) return '';
  if (readyAt === undefined)
    return ': its event loop ran empty before it was ready, so it awaited something impossible';
  const nothing = ', as it has nothing to wait for: no server, timer or connection';
  if (proven) return nothing;
  return `${nothing}. If the module starts only as the main module, name it with the first -r, or export a function`;
}

/** Advice for a worker whose exit status or error suggests that it did not expect swarm's arguments. */
function adviseArguments({ policy, everProven }: Fleet, { state, failure, readyAt }: Worker, { code }: Exit): string {
  if (policy.argumentsSeparated || readyAt !== undefined || state !== 'starting' || !code) return '';
  const suggests =
    failure === undefined ? !everProven && code !== 13 : /(?<![\w-])(-[ri]|--require|--index)(?![\w-])/.test(failure);
  return suggests ? ARGUMENTS_ADVICE : '';
}

const ARGUMENTS_ADVICE =
  '. If it does not know the options -r and -i, give it its own arguments after --: swarm -r <module> -- <arguments>';

/** Why a replacement did not come up. */
function describeMissing({ failure, readyAt }: Worker): string {
  // Its own error is already in the log.
  if (readyAt === undefined) return 'did not become ready';
  return failure ?? 'ended within a second of being ready';
}

/** What a worker was doing, as far as swarm can know. Silence means that its event loop is blocked. */
function describeBusy({ heardAt, busy, online, state }: Worker, now: number): string {
  const silent = now - heardAt;
  if (!online) return 'it had not begun to load its modules';
  if (silent >= SILENCE) return `its event loop has been blocked for ${seconds(silent)}`;
  if (state === 'starting')
    return 'a module is still loading, or its default export has not returned (pass a loop to drain)';
  return busy === '' ? 'it did not say what it was busy with' : `it was busy with ${busy}`;
}

/** Longer than the longest heartbeat interval, milliseconds. */
const SILENCE = 6000;

/** When all workers stop, one line per exit is enough. */
function unlessStopping({ phase }: Fleet): Entry['level'] {
  return phase === 'stopping' ? 'debug' : 'info';
}
