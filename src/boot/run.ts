import { UserError } from '../config/errors.ts';
import type { Systemd } from '../control/systemd.ts';
import { type Logger, openLogger } from '../log/logger.ts';
import { type Output, openOutputs } from '../log/output.ts';
import { canMeasure, Meter } from '../machine/usage.ts';
import { optionalNative } from '../native/binding.ts';
import { systemClock } from '../process/clock.ts';
import type { FindRelease, Release } from '../process/release.ts';
import type { ProcessEvent } from '../process/spawner.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { Invocation } from '../protocol/invocation.ts';
import type { Failure } from '../protocol/messages.ts';
import type { RequestEvent } from '../supervisor/events.ts';
import { describePreload } from '../supervisor/notices/notices.ts';
import { listenForSignals, type TakeSignals } from '../supervisor/signals.ts';
import { openControl } from './control.ts';
import { type Decision, decide, describeDecision, setInVain, warnings } from './decision.ts';
import { closeUnaskedInspector } from './inspector.ts';
import { LastResort } from './last-resort.ts';
import { type Launch, launch } from './launch.ts';
import { showWarnings } from './node-warnings.ts';
import { Queue } from './queue.ts';
import { reclaimWhenUp } from './reclaim.ts';
import { releaseFinder } from './release.ts';

/** A worker is heard of at least this often, milliseconds. */
const HEARTBEAT = 5000;

type Common = Pick<Assignment, 'args' | 'heartbeat' | 'supervisor' | 'inspect'>;

/** What bin/swarm knows of the time before this. */
interface Start {
  /** Hands over the signals that have come. */
  takeSignals: TakeSignals;
  invocation: Invocation;
}

/**
 * Runs the swarm until it is told to stop.
 *
 * @param names the -r options as given
 * @param args all arguments as given, for the workers
 * @returns the exit status
 */
export async function run(
  names: readonly string[],
  args: readonly string[],
  start: Start,
): Promise<number | undefined> {
  const decision = decide();
  const { hangTimeout, inspect } = decision.settings;
  const common = {
    args,
    // A worker is only given up after several heartbeats were missing.
    heartbeat: hangTimeout > 0 ? Math.min(HEARTBEAT, hangTimeout / 4) : HEARTBEAT,
    supervisor: process.pid,
    inspect,
  };
  const findRelease = releaseFinder(names);
  return decision.mode === 'inline'
    ? runInline(decision, common, await findRelease(), start)
    : runSwarm(decision, common, findRelease, start);
}

/** No supervisor: this process is the only worker, and its exit status is what the application makes it. */
async function runInline(
  { settings }: Decision,
  common: Common,
  { modules }: Release,
  { takeSignals }: Start,
): Promise<undefined> {
  const { runWorker } = await import('../worker/main.ts');
  const { inlineLink } = await import('../worker/inline.ts');
  const { index, timeout } = settings;
  const assignment = {
    ...common,
    modules,
    worker: 1,
    slot: 0,
    index,
    count: 1,
    generation: 1,
    mode: 'inline',
    timeout,
  } as const;
  // A signal that has come by now is heard when the event loop has turned.
  await new Promise(setImmediate);
  const early = takeSignals();
  const working = runWorker(assignment, inlineLink(timeout));
  // It listens by now, and what came early does what it does to any worker.
  for (const signal of early) process.kill(process.pid, signal);
  await working;
}

async function runSwarm(
  decision: Decision,
  common: Common,
  findRelease: FindRelease,
  { takeSignals, invocation }: Start,
): Promise<number> {
  // From the first moment on: a quiet signal would suspend this process, and TERM is answered with status 0.
  const requests = new Queue<RequestEvent>();
  const stopped = requests.first(({ type }) => type === 'stop' || type === 'interrupt');
  listenForSignals((event) => requests.push(event), takeSignals);
  closeUnaskedInspector();

  const { stdout, stderr } = openOutputs();
  showWarnings(stderr);
  const leave = async (status: number): Promise<number> => {
    const closed = await Promise.all([stdout.close(), stderr.close()]);
    // No worker needs this process any more, and a stream has no reader: there is no other way to leave than this.
    if (!closed.every(Boolean)) leaveAtOnce(status);
    return status;
  };
  const lastResort = new LastResort(
    stderr,
    (status) => void leave(status).then(leaveAtOnce, () => leaveAtOnce(status)),
  );
  try {
    return await leave(
      await supervise(decision, { common, findRelease, invocation, requests, stopped, stdout, stderr, lastResort }),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    stderr.write(`swarm: ${error.message}\n`);
    return leave(error.status);
  }
}

interface Surroundings {
  common: Common;
  findRelease: FindRelease;
  invocation: Invocation;
  /** What signals ask for. */
  requests: Queue<RequestEvent>;
  /** Resolves when nobody wants workers any more. */
  stopped: Promise<void>;
  stdout: Output;
  stderr: Output;
  lastResort: LastResort;
}

/** Returns the exit status, once no worker is left. */
async function supervise(decision: Decision, surroundings: Surroundings): Promise<number> {
  const { common, findRelease, invocation, requests, stopped, stdout, stderr, lastResort } = surroundings;
  const release = await findRelease();
  const { settings } = decision;
  const { logLevel: level, logFormat: format } = settings;
  const logger = await openLogger({ level, format, timeless: Boolean(process.env['DYNO']) }, stdout);
  lastResort.logTo(logger);
  const control = await openControl(settings, logger);
  const systemd = await openSystemd(logger);
  if (decision.mode === 'fork') systemd?.preloading(settings.bootTimeout);
  const happenings = new Queue<ProcessEvent>();
  const report = ({ stack }: Failure) => stderr.write(`${stack}\n`);
  const clock = systemClock();
  const launched = await launch(
    decision,
    { release, findRelease, args: common.args, invocation },
    (event) => happenings.push(event),
    { stopped, report, clock },
  );
  announce(launched, logger);

  const { Supervisor } = await import('../supervisor/supervisor.ts');
  const { maxMemory, memory } = canMeasure() ? launched.settings : { maxMemory: 0, memory: 0 };
  const reclaim = reclaimWhenUp(optionalNative());
  const supervisor = new Supervisor({
    policy: {
      ...launched.settings,
      maxMemory,
      memory,
      interactive: process.stdin.isTTY,
      argumentsSeparated: common.args.includes('--'),
    },
    common: { ...common, mode: launched.mode },
    spawner: launched.spawner,
    clock,
    meter: new Meter(memory),
    logger,
    report,
    observe(fleet) {
      systemd?.observe(fleet);
      reclaim(fleet);
    },
  });
  lastResort.stopWith(() => supervisor.emit({ type: 'crash' }), settings.timeout);
  requests.drainTo((event) => supervisor.emit(event));
  happenings.drainTo((event) => supervisor.emit(event));
  process.title = 'swarm supervisor';
  await control.serve(supervisor, { mode: launched.mode, limit: memory });
  const status = await supervisor.run();
  await launched.spawner.close();
  control.close();
  return status;
}

/** Nothing of it is loaded where systemd does not want to hear of this process. Before anything is started: see there. */
async function openSystemd(logger: Logger): Promise<Systemd | undefined> {
  if (!process.env['NOTIFY_SOCKET']) return undefined;
  const control = await import('../control/systemd.ts');
  return control.openSystemd(process.env, logger);
}

function announce(launched: Launch, logger: Logger): void {
  const { settings, mode, preloaded } = launched;
  const { count: workers, index, memory, maxMemory } = settings;
  const shared = preloaded ? `, ${describePreload(preloaded)}` : '';
  logger.write({
    level: 'info',
    event: 'boot',
    fields: {
      workers,
      index,
      mode,
      memory,
      max_memory: maxMemory,
      packages: preloaded?.packages,
      preload_ms: preloaded && Math.round(preloaded.milliseconds),
      bytes: preloaded?.bytes,
    },
    message: `swarm boot: ${describeDecision(launched)}${shared}`,
  });
  for (const message of warnings(launched))
    logger.write({ level: 'warn', event: 'boot', fields: { workers }, message });
  for (const { variable, why } of setInVain(launched)) {
    logger.write({ level: 'warn', event: 'boot', fields: { variable }, message: `${variable} has ${why}` });
  }
}

/** Without asking Node, which would wait for a write that has begun. */
function leaveAtOnce(status: number): void {
  const native = optionalNative();
  if (native) native.exit(status);
  process.kill(process.pid, 'SIGKILL');
}
