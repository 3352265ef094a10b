import type { Systemd } from '../control/systemd.ts';
import { canMeasure, Meter } from '../dyno/usage.ts';
import { type Logger, openLogger } from '../log/logger.ts';
import { optionalNative } from '../native/binding.ts';
import { systemClock } from '../process/clock.ts';
import type { FindRelease, Release } from '../process/release.ts';
import type { ProcessEvent } from '../process/spawner.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { RequestEvent } from '../supervisor/events.ts';
import { describePreload } from '../supervisor/notices.ts';
import { listenForSignals } from '../supervisor/signals.ts';
import { openControl } from './control.ts';
import { type Decision, decide, describeDecision, setInVain, warnings } from './decision.ts';
import { type Launch, launch } from './launch.ts';
import { Queue } from './queue.ts';
import { reclaimWhenUp } from './reclaim.ts';
import { releaseFinder } from './release.ts';

/** A worker is heard of at least this often, milliseconds. */
const HEARTBEAT = 5000;

type Common = Pick<Assignment, 'args' | 'heartbeat' | 'supervisor' | 'inspect'>;

/**
 * Runs the swarm until it is told to stop.
 *
 * @param names the -r options as given
 * @param args all arguments as given, for the workers
 * @returns the exit status
 */
export async function run(names: readonly string[], args: readonly string[]): Promise<number | undefined> {
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
    ? runInline(decision, common, await findRelease())
    : runSwarm(decision, common, findRelease);
}

/** No supervisor: this process is the only worker, and its exit status is what the application makes it. */
async function runInline({ settings }: Decision, common: Common, { modules }: Release): Promise<undefined> {
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
  await runWorker(assignment, inlineLink(timeout));
}

async function runSwarm(decision: Decision, common: Common, findRelease: FindRelease): Promise<number> {
  // From the first moment on: a quiet signal would suspend this process, and TERM is answered with status 0.
  const requests = new Queue<RequestEvent>();
  const stopped = requests.first(({ type }) => type === 'stop' || type === 'interrupt');
  listenForSignals((event) => requests.push(event));

  const release = await findRelease();
  const { settings } = decision;
  const logger = await openLogger({
    level: settings.logLevel,
    format: settings.logFormat,
    timeless: Boolean(process.env['DYNO']),
  });
  const control = await openControl(settings, logger);
  const systemd = await openSystemd(logger);
  if (decision.mode === 'fork') systemd?.preloading(settings.bootTimeout);
  const happenings = new Queue<ProcessEvent>();
  const clock = systemClock();
  const launched = await launch(
    decision,
    { release, findRelease, args: common.args },
    (event) => happenings.push(event),
    stopped,
    clock,
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
    report: ({ stack }) => process.stderr.write(`${stack}\n`),
    observe(fleet) {
      systemd?.observe(fleet);
      reclaim(fleet);
    },
  });
  requests.drainTo((event) => supervisor.emit(event));
  happenings.drainTo((event) => supervisor.emit(event));
  process.title = 'swarm supervisor';
  await control.serve(supervisor, { mode: launched.mode, limit: memory });
  const status = await supervisor.run();
  await launched.spawner.close();
  control.close();
  const canExit = await logger.close();
  // All workers are gone, and the log has no reader: there is no other way to leave than this.
  if (!canExit) leaveAtOnce(status);
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
