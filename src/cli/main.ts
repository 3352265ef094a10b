import { UserError } from '../config/errors.ts';
import type { Invocation } from '../protocol/invocation.ts';
import type { TakeSignals } from '../supervisor/signals.ts';
import { parseCommandLine } from './program.ts';

/**
 * Runs the command line for bin/swarm. Every outcome becomes an exit status here: see docs/reference.md, "Exit status".
 *
 * @param takeSignals hands over the signals that arrived earlier
 * @param invocation how Node was started
 */
export async function main(takeSignals: TakeSignals, invocation: Invocation): Promise<void> {
  try {
    const status = await perform(process.argv.slice(2), takeSignals, invocation);
    if (status !== undefined) process.exit(status);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`swarm: ${error.message}`);
    process.exit(error.status);
  }
}

/** Returns the exit status; undefined if the process ends by itself, with its own status. */
async function perform(
  args: readonly string[],
  takeSignals: TakeSignals,
  invocation: Invocation,
): Promise<number | undefined> {
  const command = await parseCommandLine(args);
  switch (command.name) {
    case 'answered':
      return undefined;
    case 'run': {
      const { run } = await import('../boot/run.ts');
      return run(command.modules, args, { takeSignals, invocation });
    }
    case 'plan': {
      const { printPlan } = await import('./plan.ts');
      await printPlan(command, invocation);
      return undefined;
    }
    case 'doctor': {
      const { runDoctor } = await import('./doctor.ts');
      // Not process.exit(), which would cut off text that a pipe has not yet accepted.
      process.exitCode = await runDoctor(command, invocation);
      return undefined;
    }
    case 'ls': {
      const { printSwarms } = await import('./ls.ts');
      await printSwarms();
      return undefined;
    }
    case 'status': {
      const { printReadiness, printStatus } = await import('./status.ts');
      if (command.ready) return printReadiness(command.pid);
      await printStatus(command);
      return undefined;
    }
    case 'top': {
      const { showTop } = await import('./top.ts');
      await showTop(command.pid);
      return undefined;
    }
    case 'scale': {
      const { scale } = await import('./steer.ts');
      await scale(command.count, command.pid);
      return undefined;
    }
    case 'quiet':
    case 'stop':
    case 'restart': {
      const { steer } = await import('./steer.ts');
      await steer(command.name, command.pid);
      return undefined;
    }
  }
}
