import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../../src/log/logger.ts';
import type { LogOptions } from '../../../src/log/options.ts';
import { entry, type Job, linesOf } from './writing.ts';

describe('json', () => {
  it('has one object per line, fields before prose, with the time', async () => {
    const [line = ''] = await linesOf({ format: 'json', entries: [entry({ worker: 1, pid: 4242, index: undefined })] });

    const { time, ...fields } = JSON.parse(line);
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(fields).toEqual({ level: 'info', event: 'worker.ready', worker: 1, pid: 4242, msg: 'worker 1 is ready' });
    expect(Object.keys(JSON.parse(line))).toEqual(['level', 'time', 'event', 'worker', 'pid', 'msg']);
  });

  it('has no time if the platform adds it', async () => {
    const [line = ''] = await linesOf({ format: 'json', timeless: true });

    expect(JSON.parse(line)).toEqual({ level: 'info', event: 'worker.ready', msg: 'worker 1 is ready' });
  });
});

describe('logfmt', () => {
  it('has fields before prose, and no time if the platform adds it', async () => {
    const entries = [entry({ worker: 1, quiet: false, index: undefined })];

    expect(await linesOf({ format: 'logfmt', timeless: true, entries })).toEqual([
      'level=info event=worker.ready worker=1 quiet=false msg="worker 1 is ready"',
    ]);
  });

  it('has the time otherwise', async () => {
    const [line] = await linesOf({ format: 'logfmt' });

    expect(line).toMatch(/^level=info time=\d{4}-\d\d-\d\dT\S+Z event=worker\.ready msg=/);
  });

  /** The fields that these values become. */
  async function fieldsOf(values: string[]): Promise<string[]> {
    const lines = await linesOf({ format: 'logfmt', timeless: true, entries: values.map((v) => entry({ v }, v)) });
    return lines.map((line) => {
      const [, field = line, message] = /^level=info event=worker\.ready (v=.*) (msg=.*)$/.exec(line) ?? [];
      expect(message).toBe(field.replace('v=', 'msg='));
      return field;
    });
  }

  it('quotes values that need it', async () => {
    const values = ['plain', 'two words', 'a=b', '"quoted"', 'back\\slash', '', '日本', '/app/jobs.js'];

    expect(await fieldsOf(values)).toEqual([
      'v=plain',
      'v="two words"',
      'v="a=b"',
      'v="\\"quoted\\""',
      'v="back\\\\slash"',
      'v=""',
      'v=日本',
      'v=/app/jobs.js',
    ]);
  });

  it('quotes and escapes line breaks and other control characters', async () => {
    expect(await fieldsOf(['a\nb', 'a\r\nb', 'a\tb', 'a\u0000b', 'a\u001bb', '\\n\n'])).toEqual([
      'v="a\\nb"',
      'v="a\\r\\nb"',
      'v="a\\tb"',
      'v="a\\u0000b"',
      'v="a\\u001bb"',
      'v="\\\\n\\n"',
    ]);
  });
});

describe('pretty', () => {
  it('omits the fields, which the sentence repeats, and adds a stack below it', async () => {
    const entries = [entry({ worker: 1, stack: 'spin (/app/jobs.js:3:5) < work (/app/jobs.js:9:1)' })];

    expect(await linesOf({ format: 'pretty', timeless: true, entries })).toEqual([
      'INFO: worker 1 is ready',
      '    at spin (/app/jobs.js:3:5)',
      '    at work (/app/jobs.js:9:1)',
    ]);
  });
});

describe('a line', () => {
  it.each<[format: LogOptions['format'], style: RegExp]>([
    ['json', /^\{"level".*\}$/],
    ['logfmt', /^level=info event=.* each=.* msg=.*$/],
  ])('is never broken by its content: %s', async (format, style) => {
    const text = fc.string({ unit: fc.constantFrom('\n', '\r\n', '"', '\\', ' ', '=', 'a', '日', '\n\n') });
    const texts = fc.sample(text, 500);

    const lines = await linesOf({ format, timeless: true, entries: texts.map((each) => entry({ each }, each)) });

    expect(lines).toHaveLength(texts.length);
    for (const line of lines) expect(line).toMatch(style);
  });
});

describe('the format', () => {
  const STYLES = {
    json: /^\{"level"/,
    logfmt: /^level=info/,
    pretty: /^(\[\d\d:\d\d:\d\d\] )?INFO: worker 1 is ready$/,
  };

  it.each<[job: Job, format: keyof typeof STYLES]>([
    [{}, 'json'],
    [{ tty: true }, 'pretty'],
    [{ timeless: true }, 'logfmt'],
    [{ timeless: true, tty: true }, 'logfmt'],
    [{ format: 'json', timeless: true }, 'json'],
    [{ format: 'logfmt', tty: true }, 'logfmt'],
    [{ format: 'pretty', timeless: true }, 'pretty'],
  ])('for %j is %s', async (job, format) => {
    const lines = await linesOf(job);

    expect(lines).toEqual([expect.stringMatching(STYLES[format])]);
  });
});

describe('the level', () => {
  const LEVELS: Entry['level'][] = ['debug', 'info', 'warn', 'error'];

  it.each<[level: LogOptions['level'], written: string[]]>([
    ['trace', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['error', ['error']],
    ['silent', []],
  ])('%s writes %j', async (level, written) => {
    const entries = LEVELS.map((each) => ({ ...entry(), level: each }));

    const lines = await linesOf({ format: 'json', level, entries });

    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });
});
