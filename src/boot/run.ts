import { hostname } from 'node:os';
import { UserError } from '../config/errors.ts';
import { RecentEvents } from '../control/recent-events.ts';
import type { Systemd } from '../control/systemd.ts';
import { type Logger, openLogger } from '../log/logger.ts';
import { type Output, openOutputs } from '../log/output.ts';
import { OomKills } from '../machine/oom-kills.ts';
import { UsageMeter } from '../machine/usage.ts';
import { optionalNative } from '../native/binding.ts';
import { systemClock } from '../process/clock.ts';
import { watchRunner } from '../process/runner.ts';
import type { Invocation } from '../protocol/invocation.ts';
import type { Failure } from '../protocol/messages.ts';
import { listenForSignals, type TakeSignals } from '../supervisor/signals.ts';
import { describePlace } from './announce.ts';
import { openControl } from './control.ts';
import { type Decision, decide } from './decision.ts';
import { LastResort } from './last-resort.ts';
import { type Code, Launcher } from './launch.ts';
import { closeUnaskedInspector, showWarnings } from './node.ts';
import { policyOf } from './policy.ts';
import { reclaimWhenUp } from './reclaim.ts';
import { releaseFinder } from './release.ts';
import { openWatch } from './watch.ts';

/** What bin/swarm passes on. */
interface Start {
  /** Hands over the signals received so far. */
  takeSignals: TakeSignals;
  invocation: Invocation;
}

/**
 * Runs the swarm until it is told to stop.
 *
 * @param names the -r options as given
 * @param args all arguments as given, for the workers
 * @returns the exit status; undefined in inline mode, where the process exits by itself
 */
export async function run(
  names: readonly string[],
  args: readonly string[],
  { takeSignals, invocation }: Start,
): Promise<number | undefined> {
  const decision = decide();
  const findRelease = releaseFinder(names);
  if (decision.mode !== 'inline') return runSwarm(decision, { names, findRelease, args, invocation }, takeSignals);
  const release = await findRelease();
  const { runInline } = await import('./inline.ts');
  return runInline(decision, args, release, takeSignals);
}

async function runSwarm(decision: Decision, code: Code, takeSignals: TakeSignals): Promise<number> {
  closeUnaskedInspector();
  const { stdout, stderr } = openOutputs();
  showWarnings(stderr);
  const leave = async (status: number): Promise<number> => {
    const closed = await Promise.all([stdout.close(), stderr.close()]);
    // No worker needs this process any more. But if an output has no reader, it cannot exit in any other way.
    if (!closed.every(Boolean)) leaveAtOnce(status);
    return status;
  };
  const lastResort = new LastResort(
    stderr,
    (status) =>
      void leave(status)
        .then(process.exit)
        .catch(() => leaveAtOnce(status)),
  );
  try {
    return await leave(await supervise(decision, code, { takeSignals, stdout, stderr, lastResort }));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    stderr.write(`swarm: ${error.message}\n`);
    return leave(error.status);
  }
}

interface Surroundings {
  takeSignals: TakeSignals;
  stdout: Output;
  stderr: Output;
  lastResort: LastResort;
}

/**
 * @returns the exit status, once no worker is left
 * @throws UserError if no worker can be started
 */
async function supervise(decision: Decision, code: Code, surroundings: Surroundings): Promise<number> {
  const { takeSignals, stdout, stderr, lastResort } = surroundings;
  const { logLevel: level, logFormat: format, timeout } = decision.settings;
  const logger = new RecentEvents(await openLogger({ level, format, timeless: Boolean(process.env['DYNO']) }, stdout));
  lastResort.logTo(logger);
  const control = await openControl(decision.settings, logger);
  const systemd = await openSystemd(logger);
  const { Supervisor } = await import('../supervisor/supervisor.ts');
  const launcher = new Launcher(code, (event) => supervisor.emit(event));
  const spawner = await launcher.open(decision);
  const policy = policyOf(decision, code.args);
  const report = ({ stack }: Failure) => stderr.write(`${stack}\n`);
  const reclaim = reclaimWhenUp(optionalNative());
  const watch = await openWatch(decision.settings.watch, code.findRelease, (event) => supervisor.emit(event));
  const supervisor = new Supervisor({
    policy,
    spawner,
    settle(attempt) {
      if (attempt.type === 'unprepared' && attempt.failure) report(attempt.failure);
      return launcher.settle(decision, spawner, attempt);
    },
    resize: (count) => launcher.resize(count),
    clock: systemClock(),
    meter: new UsageMeter(policy.memory),
    oomKiller: new OomKills(),
    logger,
    report,
    observe(fleet) {
      systemd?.observe(fleet);
      reclaim(fleet);
      watch?.(fleet);
    },
  });
  lastResort.stopWith(() => supervisor.emit({ type: 'crash' }), timeout);
  listenForSignals((event) => supervisor.emit(event), takeSignals);
  watchRunner((runner) => supervisor.emit({ type: 'stop', by: { runner } }));
  process.title = 'swarm supervisor';
  await control.serve(supervisor, {
    limit: policy.memory,
    host: process.env['DYNO'] || hostname(),
    place: describePlace(decision.machine, decision.size),
    directory: process.cwd(),
    modules: code.names,
    events: () => logger.list(),
  });
  try {
    return await supervisor.run();
  } finally {
    await supervisor.close();
    control.close();
  }
}

/** Loads nothing unless systemd set NOTIFY_SOCKET. Must run before any process is started: see openSystemd(). */
async function openSystemd(logger: Logger): Promise<Systemd | undefined> {
  if (!process.env['NOTIFY_SOCKET']) return undefined;
  const control = await import('../control/systemd.ts');
  return control.openSystemd(process.env, logger);
}

/** Exits without Node, which would wait for the write under way. Only the addon can do that with a status. */
function leaveAtOnce(status: number): void {
  const native = optionalNative();
  if (native) native.exit(status);
  process.kill(process.pid, 'SIGKILL');
}
