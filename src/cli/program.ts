import { readFile } from 'node:fs/promises';
import { Command, CommanderError, Option } from 'commander';
import { UsageError } from '../config/errors.ts';

/** What the command line asks for. `answered`: there is nothing left to do (--help, --version). */
export type CommandLine =
  | { name: 'answered' }
  /** `modules`: the -r options as given. */
  | { name: 'run'; modules: string[] }
  /** `dyno`: the type that was asked for; undefined: what this runs on. */
  | { name: 'plan'; modules: string[]; json: boolean; dyno: string | undefined }
  | { name: 'doctor'; modules: string[]; json: boolean };

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

const SUBCOMMANDS = { plan: planProgram, doctor: doctorProgram };

function parseSubcommand(name: string, args: readonly string[]): CommandLine {
  if (!isSubcommand(name)) {
    const known = new Intl.ListFormat('en', { type: 'disjunction' }).format(Object.keys(SUBCOMMANDS));
    const module = /[./]/.test(name) ? name : './jobs.js';
    throw new UsageError(
      `there is no subcommand ${JSON.stringify(name)}; the first word is ${known}, or an option, ` +
        `as in "swarm -r ${module}". What is meant for the workers goes after that.`,
    );
  }
  const program = SUBCOMMANDS[name]();
  if (!parsed(program, args)) return { name: 'answered' };
  const { require: modules = [], json = false, dyno } = program.opts<SubcommandOptions>();
  // A variable in a script that is not set: the answer would be for something else.
  if (modules.includes('')) throw new UsageError(NOTHING_TO_RUN);
  return name === 'plan' ? { name, modules, json, dyno } : { name, modules, json };
}

function isSubcommand(name: string): name is keyof typeof SUBCOMMANDS {
  return Object.hasOwn(SUBCOMMANDS, name);
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
    .usage(
      '-r <module> [anything else]\n       swarm plan [-r <module>] [--dyno <type>] [--json]\n       swarm doctor [-r <module>] [--json]',
    )
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

Signals: TERM, INT stop · USR1, TSTP quiet · USR2, HUP reload

"swarm plan" says what would run here, and why.
"swarm doctor" loads what workers would share, and says what it costs and whether that is safe.`;

interface SubcommandOptions {
  require?: string[];
  json?: boolean;
  dyno?: string;
}

function planProgram(): Command {
  return command('swarm plan')
    .description('Says what would run here, and why. Starts nothing, and loads nothing of the application.')
    .option(...REQUIRE)
    .option('--dyno <type>', 'on such a dyno, as "performance-l", instead of here')
    .option(...JSON_FLAG);
}

function doctorProgram(): Command {
  return command('swarm doctor')
    .description(
      'Loads what workers would share, in a process that is thrown away, and says for\n' +
        'each package what it costs, what it leaves behind, and what to do about it.\n' +
        'SWARM_PRELOAD_APP=1: for the modules as well. Status 1: something is not safe.',
    )
    .option(...REQUIRE)
    .option(...JSON_FLAG);
}

const JSON_FLAG = ['--json', 'as JSON'] as const;

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

async function version(): Promise<string> {
  const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
