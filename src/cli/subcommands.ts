import type { Command } from 'commander';
import { UsageError } from '../config/errors.ts';
import { list } from '../text/list.ts';
import { command, NOTHING_TO_RUN, parsed, REQUIRE } from './command.ts';

/** What a subcommand is to do. */
export type Subcommand =
  /** `dyno`: the type that was asked for; undefined: what this runs on. */
  | { name: 'plan'; modules: string[]; json: boolean; dyno: string | undefined }
  /** `rest`: the arguments of the workers, where they are given after "--". */
  | { name: 'doctor'; modules: string[]; json: boolean; rest: string[] | undefined }
  /** `pid`: of the swarm that is meant; undefined: the only one. */
  | { name: 'status'; json: boolean; pid: number | undefined }
  | { name: 'top' | 'quiet' | 'stop' | 'restart'; pid: number | undefined };

type Name = Subcommand['name'];

/** By the first word: a line that says what it does. */
const DESCRIPTIONS: Readonly<Record<Name, string>> = {
  plan: 'Says what would run here, and why. Starts nothing, and loads nothing of the application.',
  doctor:
    'Loads what workers would share, in a process that is thrown away, and says for\n' +
    'each package what it costs, what it leaves behind, and what to do about it.\n' +
    'SWARM_PRELOAD_APP=1: for the modules as well. Status 1: something is not safe.',
  status: 'Says how the running swarm is: a line for each worker, and what all of them use.',
  top: 'Shows the running swarm, live, until q is pressed.',
  quiet: 'Has the running swarm take no new work, as SIGUSR1 does. It does not come back\nfrom that: stop it then.',
  stop: 'Stops the running swarm, as SIGTERM does, and waits until it has stopped.',
  restart:
    'Replaces the workers of the running swarm one by one with such that run the code\n' +
    'as it is now, as SIGUSR2 does, and waits until that is done. Status 1: the new\n' +
    'code does not boot, and the old workers stay.',
};

interface Options {
  require?: string[];
  json?: boolean;
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
      `there is no subcommand ${JSON.stringify(name)}; the first word is ${known}, or an option, ` +
        `as in "swarm -r ${module}". What is meant for the workers goes after that.`,
    );
  }
  const program = programOf(name);
  // So that the line of a Procfile needs no other change than this word.
  const end = name === 'plan' || name === 'doctor' ? args.indexOf('--') : -1;
  if (!parsed(program, end === -1 ? args : args.slice(0, end))) return undefined;
  const { require: modules = [], json = false, dyno, pid } = program.opts<Options>();
  // A variable in a script that is not set: the answer would be for something else.
  if (modules.includes('')) throw new UsageError(NOTHING_TO_RUN);
  switch (name) {
    case 'plan':
      return { name, modules, json, dyno };
    case 'doctor':
      return { name, modules, json, rest: end === -1 ? undefined : args.slice(end + 1) };
    case 'status':
      return { name, json, pid };
    default:
      return { name, pid };
  }
}

function isName(name: string): name is Name {
  return Object.hasOwn(DESCRIPTIONS, name);
}

function programOf(name: Name): Command {
  const program = command(`swarm ${name}`).description(DESCRIPTIONS[name]);
  if (name === 'plan' || name === 'doctor') program.option(...REQUIRE);
  else program.option('-p, --pid <pid>', 'of the supervisor that is meant, where there are several', processId);
  if (name === 'plan') program.option('--dyno <type>', 'on such a dyno, as "performance-l", instead of here');
  if (name === 'plan' || name === 'doctor' || name === 'status') program.option('--json', 'as JSON');
  return program;
}

function processId(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new UsageError(`--pid ${JSON.stringify(text)} is not a pid: give a number from 1.`);
}
