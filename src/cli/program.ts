import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '../config/errors.ts';
import { version } from './version.ts';

/** What the command line asks for. `answered`: there is nothing left to do (--help, --version). */
export type CommandLine =
  | { name: 'answered' }
  /** `modules`: the -r options as given. */
  | { name: 'run'; modules: string[] }
  /** `dyno`: the type that was asked for; undefined: what this runs on. */
  | { name: 'plan'; modules: string[]; json: boolean; dyno: string | undefined }
  /** `pid`: of the swarm that is meant; undefined: the only one. */
  | { name: 'status'; json: boolean; pid: number | undefined }
  | { name: 'top' | 'quiet' | 'stop' | 'restart'; pid: number | undefined };

/** @throws UsageError */
export async function parseCommandLine(args: readonly string[]): Promise<CommandLine> {
  const [first] = args;
  // A subcommand counts only as the first word. All else is the workers', wherever it stands.
  if (first !== undefined && !first.startsWith('-')) return parseSubcommand(first, args.slice(1));

  const program = runProgram(await version());
  if (!parsed(program, args)) return { name: 'answered' };
  const { require: modules = [] } = program.opts<{ require?: string[] }>();
  if (modules.length === 0 || modules.includes('')) throw new UsageError(NOTHING_TO_RUN);
  return { name: 'run', modules };
}

const NOTHING_TO_RUN = 'nothing to run: name the module that does the work with -r, as in "swarm -r ./jobs.js".';

type Subcommand = Exclude<CommandLine['name'], 'answered' | 'run'>;

const SUBCOMMANDS: readonly Subcommand[] = ['plan', 'status', 'top', 'quiet', 'stop', 'restart'];

function isSubcommand(name: string): name is Subcommand {
  return (SUBCOMMANDS as readonly string[]).includes(name);
}

function parseSubcommand(name: string, args: readonly string[]): CommandLine {
  if (!isSubcommand(name)) {
    const known = new Intl.ListFormat('en', { type: 'disjunction' }).format(SUBCOMMANDS);
    const module = /[./]/.test(name) ? name : './jobs.js';
    throw new UsageError(
      `there is no subcommand ${JSON.stringify(name)}; the first word is ${known}, or an option, ` +
        `as in "swarm -r ${module}". What is meant for the workers goes after that.`,
    );
  }
  if (name === 'plan') return parsePlan(args);
  const program = runningProgram(name);
  if (!parsed(program, args)) return { name: 'answered' };
  const { pid, json = false } = program.opts<{ pid?: number; json?: boolean }>();
  return name === 'status' ? { name, json, pid } : { name, pid };
}

function parsePlan(args: readonly string[]): CommandLine {
  const program = planProgram();
  if (!parsed(program, args)) return { name: 'answered' };
  const { require: modules = [], json = false, dyno } = program.opts<PlanOptions>();
  // A variable in a script that is not set: the plan would be for something else.
  if (modules.includes('')) throw new UsageError(NOTHING_TO_RUN);
  return { name: 'plan', modules, json, dyno };
}

/** Options that the original refuses as well: swarm is made to run in the foreground, under something that keeps it. */
const REFUSED = [
  ['-i, --index [n]', 'swarm numbers its workers itself. Set INDEX to the first number instead'],
  ['-d, --daemon [value]', 'swarm stays in the foreground. Run it under Heroku, systemd, foreman or Docker instead'],
  ['-L, --logfile [file]', 'swarm logs to stdout. Let the platform keep it, or redirect it: swarm … >> file'],
  ['-P, --pidfile [file]', 'swarm stays in the foreground, and whoever starts it knows its pid'],
] as const;

function runProgram(version: string): Command {
  const program = command('swarm')
    .usage('-r <module> [anything else]\n       swarm plan | status | top | quiet | stop | restart [--help]')
    .description(
      'Runs several worker processes that load <module>, keeps them running, and stops them gracefully.\n' +
        'Every argument is passed to each worker, followed by "-i <index>".',
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
Environment (all of it: README):
  COUNT=4               number of workers; by default sized from the machine
  INDEX=0               index of the first worker, or "dyno" to number through all dynos
  SWARM_TIMEOUT=25      seconds from TERM to KILL
  SWARM_LOG_LEVEL=info  trace, debug, info, warn, error, fatal, silent

Signals: TERM, INT stop · USR1, TSTP quiet · USR2, HUP restart

swarm plan              what would run here, and why; starts nothing
swarm status | top      the swarm that is running, once or live
swarm quiet | stop | restart`;

interface PlanOptions {
  require?: string[];
  json?: boolean;
  dyno?: string;
}

function planProgram(): Command {
  return command('swarm plan')
    .description('Says what would run here, and why. Starts nothing, and loads nothing of the application.')
    .option(...REQUIRE)
    .option('--dyno <type>', 'on such a dyno, as "performance-l", instead of here')
    .option('--json', 'as JSON');
}

/** What each subcommand does to, or tells of, the swarm that is running. */
const RUNNING: Readonly<Record<Exclude<Subcommand, 'plan'>, string>> = {
  status: 'Says how the running swarm is: a line for each worker, and what all of them use.',
  top: 'Shows the running swarm, live, until q is pressed.',
  quiet: 'Has the running swarm take no new work, as SIGUSR1 does. It does not come back from that: restart it then.',
  stop: 'Stops the running swarm, as SIGTERM does, and waits until it has stopped.',
  restart:
    'Replaces the workers of the running swarm one by one with such that run the code as it is now, as SIGUSR2 does, ' +
    'and waits until that is done. Fails where the new code does not boot; then the old workers stay.',
};

function runningProgram(name: keyof typeof RUNNING): Command {
  const program = command(`swarm ${name}`)
    .description(RUNNING[name])
    .option('-p, --pid <pid>', 'the supervisor of the swarm that is meant, where there are several', processId);
  return name === 'status' ? program.option('--json', 'as JSON') : program;
}

function processId(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text))
    throw new UsageError(`--pid ${JSON.stringify(text)} is not a pid: give a number from 1.`);
  return Number(text);
}

function command(name: string): Command {
  return new Command(name)
    .helpOption('-h, --help', 'print this')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

const REQUIRE = ['-r, --require <module>', 'what each worker loads: a file or a package; repeatable', append] as const;

function append(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

function refuse(program: Command, flags: string, reason: string): void {
  const option = new Option(flags).hideHelp();
  program.addOption(option).on(`option:${option.name()}`, () => {
    throw new UsageError(
      `${option.short}, ${option.long} is not taken: ${reason}. For an option of the workers, put it after "--".`,
    );
  });
}

/** Whether there is still something to do; commander reports help and errors by throwing. */
function parsed(program: Command, args: readonly string[]): boolean {
  try {
    program.parse(args, { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw new UsageError(`${error.message.replace(/^error: |\.$/g, '')}. See "${program.name()} --help".`);
  }
}
