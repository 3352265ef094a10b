import { type Command, Option } from 'commander';
import { version } from '../boot/version.ts';
import { UsageError } from '../config/errors.ts';
import { command, NOTHING_TO_RUN, parsed, REQUIRE } from './command.ts';
import { parseSubcommand, type Subcommand } from './subcommands.ts';

/** A parsed command line. `answered`: commander has already printed the answer (--help, --version). */
export type CommandLine =
  | { name: 'answered' }
  /** `modules`: the values of the -r options. */
  | { name: 'run'; modules: string[] }
  | Subcommand;

/** @throws UsageError */
export async function parseCommandLine(args: readonly string[]): Promise<CommandLine> {
  const [first] = args;
  // Only the first word can be a subcommand. In any other position it is an argument for the workers.
  if (first !== undefined && !first.startsWith('-')) {
    return parseSubcommand(first, args.slice(1)) ?? { name: 'answered' };
  }

  const program = runProgram(await version());
  if (!parsed(program, args)) return { name: 'answered' };
  const { require: modules = [] } = program.opts<{ require?: string[] }>();
  if (modules.length === 0 || modules.includes('')) throw new UsageError(NOTHING_TO_RUN);
  return { name: 'run', modules };
}

/** Options that sidekiqswarm also rejects: swarm runs in the foreground, under a process manager. */
const REFUSED = [
  ['-i, --index [n]', 'swarm numbers its workers itself. Set INDEX to the first number instead'],
  ['-d, --daemon [value]', 'swarm stays in the foreground. Run it under Heroku, systemd, foreman or Docker instead'],
  ['-L, --logfile [file]', 'swarm logs to stdout. Let the platform collect it, or redirect it: swarm … >> file'],
  ['-P, --pidfile [file]', 'swarm stays in the foreground, so the process that starts it knows its pid'],
] as const;

function runProgram(version: string): Command {
  const program = command('swarm')
    .usage(
      '-r <module> [anything else]\n' +
        '       swarm -r <module> -- [arguments]\n' +
        '       swarm plan | doctor | ls | status | top | scale | quiet | stop | restart [--help]',
    )
    .description(
      'Runs several worker processes that load <module>, keeps them running, and stops them gracefully.\n' +
        'Each worker gets all arguments, followed by "-i <index>".\n' +
        'With "--", it gets only the arguments after that, for modules that parse arguments strictly.',
    )
    .version(version, '--version', 'print the version')
    .option(...REQUIRE)
    .addHelpText('after', HELP)
    .allowUnknownOption()
    .allowExcessArguments();
  for (const [flags, reason] of REFUSED) refuse(program, flags, reason);
  return program;
}

const HELP = `
Environment (all of it: https://github.com/dyno-swarm/swarm, docs/reference.md):
  COUNT=4               number of workers; default: sized from the machine
  INDEX=0               index of the first worker, or "dyno": unique across dynos
  SWARM_TIMEOUT=25      seconds from TERM to KILL
  SWARM_LOG_LEVEL=info  trace, debug, info, warn, error, fatal, silent

Signals: TERM, INT stop · USR1, TSTP quiet · USR2, HUP restart

swarm plan                    what would run here, and why; starts nothing
swarm doctor                  what workers would share, what it costs, whether it is safe
swarm ls                      the swarms running here
swarm status | top            the running swarm, once or live
swarm scale <count>           more or fewer workers
swarm quiet | stop | restart  control it`;

function refuse(program: Command, flags: string, reason: string): void {
  const option = new Option(flags).hideHelp();
  program.addOption(option).on(`option:${option.name()}`, () => {
    throw new UsageError(
      `${option.short}, ${option.long} is not supported: ${reason}. To pass it to the workers, put it after "--".`,
    );
  });
}
