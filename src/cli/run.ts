import { openLogger } from '../log/logger.ts';
import type { Assignment } from '../protocol/assignment.ts';
import type { RequestEvent } from '../supervisor/events.ts';
import { listenForSignals } from '../supervisor/signals.ts';
import { type Decision, decide, describeDecision, withoutEffect } from './decision.ts';
import { resolveModule } from './modules.ts';

/** A worker is heard of at least this often, milliseconds. */
const HEARTBEAT = 5000;

type Common = Pick<Assignment, 'modules' | 'args' | 'heartbeat'>;

/**
 * Runs the swarm until it is told to stop.
 *
 * @param names the -r options as given
 * @param args all arguments as given, for the workers
 * @returns the exit status
 */
export async function run(names: readonly string[], args: readonly string[]): Promise<number | undefined> {
  const decision = decide();
  const { hangTimeout } = decision.settings;
  const prepare = async (): Promise<Common> => ({
    modules: await Promise.all(names.map((name) => resolveModule(name, process.cwd()))),
    args,
    // A worker is only given up after several heartbeats were missing.
    heartbeat: hangTimeout > 0 ? Math.min(HEARTBEAT, hangTimeout / 4) : HEARTBEAT,
  });
  return decision.mode === 'inline' ? runInline(decision, prepare) : runSwarm(decision, prepare);
}

/** No supervisor: this process is the only worker, and its exit status is what the application makes it. */
async function runInline({ settings }: Decision, prepare: () => Promise<Common>): Promise<undefined> {
  const { runWorker } = await import('../worker/main.ts');
  const { inlineLink } = await import('../worker/inline.ts');
  const common = await prepare();
  const { index, timeout } = settings;
  const assignment = {
    ...common,
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

async function runSwarm(decision: Decision, prepare: () => Promise<Common>): Promise<number> {
  // From the first moment on: a quiet signal would suspend this process, and TERM is answered with status 0.
  const early: RequestEvent[] = [];
  let emit = (event: RequestEvent): void => void early.push(event);
  listenForSignals((event) => emit(event));

  const common = await prepare();
  const { settings } = decision;
  const logger = await openLogger({
    level: settings.logLevel,
    format: settings.logFormat,
    timeless: Boolean(process.env['DYNO']),
  });
  announce(decision, (level, message) => {
    const { count: workers, index } = settings;
    logger.write({ level, event: 'boot', fields: { workers, index, mode: decision.mode }, message });
  });

  const { Supervisor } = await import('../supervisor/supervisor.ts');
  const { systemClock } = await import('../supervisor/clock.ts');
  const { ExecSpawner } = await import('../process/exec-spawner.ts');
  const supervisor = new Supervisor({
    policy: { ...settings, interactive: process.stdin.isTTY },
    common: { ...common, mode: 'spawn' },
    makeSpawner: (emitProcess) => new ExecSpawner(emitProcess),
    clock: systemClock(),
    logger,
    report: ({ stack }) => process.stderr.write(`${stack}\n`),
  });
  emit = (event) => supervisor.emit(event);
  for (const event of early) emit(event);
  process.title = 'swarm supervisor';
  const status = await supervisor.run();
  const canExit = await logger.close();
  // All workers are gone, and the log has no reader: there is no other way to leave than this.
  if (!canExit) process.kill(process.pid, 'SIGKILL');
  return status;
}

function announce(decision: Decision, log: (level: 'info' | 'warn', message: string) => void): void {
  log('info', `swarm boot: ${describeDecision(decision)}`);
  for (const name of withoutEffect(decision)) log('warn', `${name} has no effect in this version of swarm`);
}
