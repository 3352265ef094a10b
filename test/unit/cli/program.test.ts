import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseCommandLine } from '../../../src/cli/program.ts';
import { UsageError } from '../../../src/config/errors.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** Returns what the command line prints to stdout. */
async function answerTo(...args: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  expect(await parseCommandLine(args)).toEqual({ name: 'answered' });
  return printed;
}

async function refusalOf(...args: string[]): Promise<string> {
  const refusal: unknown = await parseCommandLine(args).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UsageError);
  expect(refusal).toHaveProperty('status', 64);
  return (refusal as UsageError).message;
}

describe('swarm -r', () => {
  it.each<[args: string[], modules: string[]]>([
    [['-r', './jobs.js'], ['./jobs.js']],
    [['-r./jobs.js'], ['./jobs.js']],
    [['--require', './jobs.js'], ['./jobs.js']],
    [['--require=./jobs.js'], ['./jobs.js']],
    [
      ['-r', 'one', '-rtwo', '--require', 'three', '--require=four'],
      ['one', 'two', 'three', 'four'],
    ],
    [
      ['-r', 'same', '-r', 'same'],
      ['same', 'same'],
    ],
    [['-r', 'a module=b.js'], ['a module=b.js']],
  ])('takes %j', async (args, modules) => {
    expect(await parseCommandLine(args)).toEqual({ name: 'run', modules });
  });

  it.each<[args: string[]]>([
    [['-r', 'x', '--queue', 'mail', '-c', '5']],
    [['--queue', 'mail', '-r', 'x', '-v']],
    [['--queue=mail', '-qmail', '-r', 'x']],
    [['-r', 'x', 'mail', 'plan', 'status']],
    [['-v', 'plan', '-r', 'x']],
    [['-r', 'x', '--json', '--dyno', 'worker.1']],
    [['-r', 'x', '-']],
    [['-r', 'x', '']],
    [['-r', 'x', '--', '-r', 'y', '--daemon', '-i', '3', '--help', '--version']],
  ])('leaves unknown arguments, and all arguments after "--", to the workers: %j', async (args) => {
    expect(await parseCommandLine(args)).toEqual({ name: 'run', modules: ['x'] });
  });

  it.each<[args: string[]]>([[[]], [['--queue', 'mail']], [['--', '-r', 'x']], [['-']]])(
    'is required: %j is an error that names it',
    async (args) => {
      expect(await refusalOf(...args)).toMatch(/ -r\b/);
    },
  );

  it.each<[args: string[]]>([[['-r']], [['--require']], [['-r', 'x', '-r']]])(
    'needs a module: %j is an error',
    async (args) => {
      expect(await refusalOf(...args)).toMatch(/-r, --require <module>.* missing/);
    },
  );

  it.each<[args: string[]]>([[['-r', '']], [['--require=']], [['-r', 'x', '-r', '']]])(
    'rejects an empty name, as from an unset variable: %j',
    async (args) => {
      expect(await refusalOf(...args)).toMatch(/-r\b/);
    },
  );
});

describe('the first word', () => {
  it.each(['start', 'jobs.js', 'plans', 'Plan', 'help', 'toString', ''])(
    'is rejected if it is not a subcommand: %j',
    async (word) => {
      const message = await refusalOf(word, '-r', 'x');

      expect(message).toContain(JSON.stringify(word));
      expect(message).toContain('plan');
      expect(message).toContain('"swarm -r ');
    },
  );
});

describe('swarm plan', () => {
  it.each<[args: string[], json: boolean, modules: string[], dyno: string | undefined]>([
    [[], false, [], undefined],
    [['--json'], true, [], undefined],
    [['--json', '--json'], true, [], undefined],
    [['-r', './jobs.js'], false, ['./jobs.js'], undefined],
    [['--json', '-rone', '--require=two', '--require', 'three'], true, ['one', 'two', 'three'], undefined],
    [['--dyno', 'standard-1x', '-r', 'x'], false, ['x'], 'standard-1x'],
    [['--dyno='], false, [], ''],
  ])('takes %j', async (args, json, modules, dyno) => {
    expect(await parseCommandLine(['plan', ...args])).toEqual({ name: 'plan', json, modules, dyno });
  });

  it.each([[['-r', '']], [['-r', 'x', '--require=']]])(
    'rejects an empty module name, as from an unset variable: %j',
    async (args) => {
      expect(await refusalOf('plan', ...args)).toMatch(/-r\b/);
    },
  );

  it.each<[args: string[], named: string]>([
    [['extra'], 'too many arguments'],
    [['--json', 'extra'], 'too many arguments'],
    [['--jsno'], '--jsno'],
    [['--json=yes'], '--json=yes'],
    [['-r'], '-r, --require <module>'],
    [['--dyno'], '--dyno <type>'],
    [['-r', 'x', '-q', 'mail'], '-q'],
  ])('refuses %j, and points to its help', async (args, named) => {
    const message = await refusalOf('plan', ...args);

    expect(message).toContain(named);
    expect(message).toContain('swarm plan --help');
  });

  it('ends its errors with a single full stop', async () => {
    expect(await refusalOf('plan', 'extra')).not.toContain('..');
  });
});

describe('swarm doctor', () => {
  it.each<[args: string[], json: boolean, modules: string[], rest?: string[]]>([
    [[], false, []],
    [['--json', '-r', './jobs.js', '-rtwo'], true, ['./jobs.js', 'two']],
    [['-r', './jobs.js', '--', '-q', '--json'], false, ['./jobs.js'], ['-q', '--json']],
    [['-r', './jobs.js', '--'], false, ['./jobs.js'], []],
  ])('takes %j', async (args, json, modules, rest) => {
    expect(await parseCommandLine(['doctor', ...args])).toEqual({ name: 'doctor', json, modules, rest });
  });

  it.each<[args: string[], named: string]>([
    [['extra'], 'too many arguments'],
    [['--dyno', 'standard-1x'], '--dyno'],
    [['-r'], '-r, --require <module>'],
  ])('refuses %j, and points to its help', async (args, named) => {
    const message = await refusalOf('doctor', ...args);

    expect(message).toContain(named);
    expect(message).toContain('swarm doctor --help');
  });

  it('rejects an empty module name, as from an unset variable', async () => {
    expect(await refusalOf('doctor', '-r', '')).toMatch(/-r\b/);
  });
});

describe('an informational option', () => {
  it.each<[args: string[]]>([[['--help']], [['-h']], [['-r', 'x', '--help']]])('%j prints the help', async (args) => {
    const answer = await answerTo(...args);

    expect(answer).toMatch(/^Usage: swarm -r <module>/);
    for (const word of ['--require', '--version', 'swarm plan', 'swarm doctor', 'COUNT', 'SWARM_TIMEOUT'])
      expect(answer).toContain(word);
    for (const refused of ['--daemon', '--index', '--logfile', '--pidfile']) expect(answer).not.toContain(refused);
  });

  it('plan --help prints the help of plan', async () => {
    expect(await answerTo('plan', '--help')).toMatch(/^Usage: swarm plan.*--json/s);
  });

  it('--version prints only the version', async () => {
    expect(await answerTo('--version')).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });
});
