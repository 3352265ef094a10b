import { Command, CommanderError } from 'commander';
import { UsageError } from '../config/errors.ts';

export const REQUIRE = [
  '-r, --require <module>',
  'a file or package that each worker loads; repeatable',
  append,
] as const;

export const NOTHING_TO_RUN = 'nothing to run: name the module that does the work with -r, as in "swarm -r ./jobs.js".';

function append(value: string, earlier: string[] = []): string[] {
  return [...earlier, value];
}

export function command(name: string): Command {
  return new Command(name)
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
}

/** Parses arguments. Returns false if commander has printed the help, and nothing is left to do. @throws UsageError */
export function parsed(program: Command, args: readonly string[]): boolean {
  try {
    program.parse(args, { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return false;
    throw new UsageError(`${error.message.replace(/^error: |\.$/g, '')}. See "${program.name()} --help".`);
  }
}
