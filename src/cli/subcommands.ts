import { type Command, Option } from 'commander';
import { UsageError } from '../config/errors.ts';
import { list } from '../text/list.ts';
import { command, NOTHING_TO_RUN, parsed, REQUIRE } from './command.ts';

/** A subcommand and its options. */
export type Subcommand =
  /** `dyno`: a dyno type; undefined for this machine. */
  | { name: 'plan'; modules: string[]; json: boolean; dyno: string | undefined }
  /** `rest`: the workers' arguments if they follow "--". */
  | { name: 'doctor'; modules: string[]; json: boolean; rest: string[] | undefined }
  /** `pid`: the supervisor's; undefined for the only swarm. */
  /** `ready`: only report readiness, as an exit status. */
  | { name: 'status'; json: boolean; ready: boolean; pid: number | undefined }
  /** `count`: `4`, `+2` or `-1`. */
  | { name: 'scale'; count: string; pid: number | undefined }
  | { name: 'ls' }
  | { name: 'top' | 'quiet' | 'stop' | 'restart'; pid: number | undefined };

type Name = Subcommand['name'];

/** The description of each subcommand, for its --help. */
const DESCRIPTIONS: Readonly<Record<Name, string>> = {
  plan: 'Shows what would run here, and why. Starts nothing, and loads none of your code.',
  doctor:
    'Loads what workers would share in a throw-away process, and shows what each\n' +
    'package costs, what it leaves behind, and what to do about it. With\n' +
    'SWARM_PRELOAD_APP=1 it also examines your modules. Exits with 1 if something\n' +
    'is not safe to share or not installed.',
  ls: 'Lists the swarms that this user runs on this machine.',
  status: 'Shows the running swarm: one line per worker, and the total memory.',
  top: 'Shows the running swarm live. The arrow keys scroll, s sorts, q quits.',
  quiet: 'Tells the running swarm to take no new work, as SIGUSR1 does. This cannot be\nundone: stop the swarm next.',
  stop: 'Stops the running swarm, as SIGTERM does, and waits until it has stopped.',
  scale:
    'Changes the number of workers of the running swarm: 4 sets it, +2 adds two, -1\n' +
    'removes one. Waits until new workers are ready and removed ones have exited.',
  restart:
    'Replaces workers one at a time to run new code, as SIGUSR2 does, and waits until\n' +
    'all are replaced. If the new code does not boot, the old workers stay, and the\n' +
    'command exits with 1.',
};

/** A number of workers, absolute or relative. */
const COUNT = /^[+-]?\d{1,9}$/;

const NO_COUNT = 'give the number of workers, as in "swarm scale 4", or "+2" for two more, or "-1" for one fewer.';

interface Options {
  require?: string[];
  json?: boolean;
  ready?: boolean;
  dyno?: string;
  pid?: number;
}

/**
 * @param name the first word of the command line
 * @returns undefined if there is nothing left to do (--help)
 * @throws UsageError
 */
export function parseSubcommand(name: string, args: readonly string[]): Subcommand | undefined {
  if (!isName(name)) {
    const known = list(Object.keys(DESCRIPTIONS), 'or');
    const module = /[./]/.test(name) ? name : './jobs.js';
    throw new UsageError(
      `there is no subcommand ${JSON.stringify(name)}: give ${known}, or an option, ` +
        `as in "swarm -r ${module}". Arguments for the workers follow that.`,
    );
  }
  const program = programOf(name);
  if (name === 'scale') return parseScale(program, args);
  // Inserting "plan" or "doctor" into a Procfile line must be enough, so arguments for the workers are accepted.
  const end = name === 'plan' || name === 'doctor' ? args.indexOf('--') : -1;
  if (!parsed(program, end === -1 ? args : args.slice(0, end))) return undefined;
  const { require: modules = [], json = false, ready = false, dyno, pid } = program.opts<Options>();
  // Probably an unset variable in a script: without the module, the answer would be misleading.
  if (modules.includes('')) throw new UsageError(NOTHING_TO_RUN);
  switch (name) {
    case 'plan':
      return { name, modules, json, dyno };
    case 'doctor':
      return { name, modules, json, rest: end === -1 ? undefined : args.slice(end + 1) };
    case 'ls':
      return { name };
    case 'status':
      return { name, json, ready, pid };
    default:
      return { name, pid };
  }
}

/** Removes the number of workers from the arguments first, because commander would parse "-1" as an option. */
function parseScale(program: Command, args: readonly string[]): Subcommand | undefined {
  const isCount = (arg: string, at: number) => COUNT.test(arg) && !/^(-p|--pid)$/.test(args[at - 1] ?? '');
  const count = args.find(isCount);
  const rest = args.filter((arg, at) => !isCount(arg, at));
  if (rest.length === args.length && !rest.some((arg) => arg.startsWith('-'))) throw new UsageError(NO_COUNT);
  if (!parsed(program, rest)) return undefined;
  if (count === undefined || args.length - rest.length > 1) throw new UsageError(NO_COUNT);
  return { name: 'scale', count, pid: program.opts<Options>().pid };
}

function isName(name: string): name is Name {
  return Object.hasOwn(DESCRIPTIONS, name);
}

function programOf(name: Name): Command {
  const program = command(`swarm ${name}`).description(DESCRIPTIONS[name]);
  if (name === 'scale') program.usage('<count> [options]');
  if (name === 'plan' || name === 'doctor') program.option(...REQUIRE);
  else if (name !== 'ls') program.option('-p, --pid <pid>', 'pid of the supervisor, if several swarms run', processId);
  if (name === 'plan')
    program.option('--dyno <type>', 'plan for a dyno type, such as performance-l, instead of this machine');
  if (name === 'plan' || name === 'doctor' || name === 'status') program.option('--json', 'print JSON');
  if (name === 'status')
    program.addOption(
      new Option('--ready', 'only say whether all workers are ready; exit with 1 if not').conflicts('json'),
    );
  return program;
}

function processId(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new UsageError(`--pid ${JSON.stringify(text)} is not a pid: give a positive number.`);
}
