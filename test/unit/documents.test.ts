import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tooMany } from '../../src/boot/capacity.ts';
import { describeMetrics } from '../../src/control/metrics.ts';
import { CATALOG } from '../../src/machine/heroku/catalog.ts';
import { findDynoType, machineLike } from '../../src/machine/heroku/named.ts';
import { NO_RESTARTS } from '../../src/supervisor/restarts.ts';
import { MB } from '../../src/text/units.ts';
import { sized } from '../support/machine.ts';
import { STATUS } from '../support/status.ts';

/** Checks the documents against the code. */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Texts by path below the root. */
const documents = new Map(
  ['.', 'docs', 'bench', ...foldersIn('examples'), ...foldersIn('test')].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name): [string, string] => [join(folder, name), read(join(folder, name))]),
  ),
);

describe.each([...documents])('%s', (path, text) => {
  it('has no broken links', () => {
    expect(linksIn(text).filter((target) => !isThere(path, target))).toEqual([]);
  });

  it('names only files and folders that exist', () => {
    const named = matches(text, /[`\s]((?:src|test|bench|examples|docs)\/[\w./-]*\w)/g);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('names only scripts in package.json', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(matches(text, /\bnpm run ([\w:]+)/g).filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names only variables that exist', () => {
    const known = [...SETTINGS, ...OF_WORKERS, ...OF_TESTS];
    expect(variablesIn(text).filter((name) => !known.includes(name))).toEqual([]);
  });
});

const SETTINGS = variablesIn(read('src/config/resolve.ts'));
/** Variables that a worker sees. It does not see the assignment. */
const OF_WORKERS = variablesIn(read('src/protocol/environment.ts')).filter((name) => name !== 'SWARM_ASSIGNMENT');
const OF_TESTS = ['SWARM_TEST_NODE', 'SWARM_TEST_MODE'];

it('README.md links to every document', () => {
  const inDocs = [...documents.keys()].filter((path) => path.startsWith('docs/'));
  expect(inDocs).toContain('docs/heroku.md');
  expect(inDocs.filter((path) => !linksIn(read('README.md')).some((target) => target.split('#')[0] === path))).toEqual(
    [],
  );
});

describe('docs/reference.md', () => {
  const text = read('docs/reference.md');

  it('has every setting in its table', () => {
    const table = matches(text, /^(\| `SWARM_.*)$/gm).join('\n');
    expect(SETTINGS.filter((name) => !variablesIn(table).includes(name))).toEqual([]);
  });

  it('has everything that an application can import', () => {
    const names = matches(read('src/index.ts'), /^ {2}(\w+),$/gm);
    expect(names).toContain('drain');
    expect(names.filter((name) => !new RegExp(`^\\| .*\`${name}\\b`, 'm').test(text))).toEqual([]);
  });

  it('has the sections that comments refer to', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const code = sources.filter((name) => name.endsWith('.ts')).map((name) => read(join('src', name)));
    const sections = matches(code.join('\n'), /docs\/reference\.md, "([^"]+)"/g);
    expect(sections).toContain('Exit status');
    expect(sections.filter((section) => !text.includes(`\n## ${section}\n`))).toEqual([]);
  });
});

it('docs/systemd.md shows lines of the unit in examples/systemd', () => {
  const [, shown = ''] = /^```ini\n([\s\S]*?)^```/m.exec(read('docs/systemd.md')) ?? [];
  const unit = read('examples/systemd/swarm.service').split('\n');
  expect(shown).toContain('ExecStart=');
  expect(shown.split('\n').filter((line) => !unit.includes(line))).toEqual([]);
});

describe('docs/operating.md', () => {
  const text = read('docs/operating.md');
  /** Whether a name is there, in backticks. */
  const isNamed = (name: string) => text.includes(`\`${name}\``);

  it('has every event of the log', () => {
    const files = ['notices', 'rollout', 'orphans'];
    const notices = files.map((name) => read(`src/supervisor/notices/${name}.ts`)).join('');
    const events = [
      ...matches(notices, /\bnotice\(\s*'\w+',\s*'([\w.]+)'/g),
      ...matches(notices, /\babout\(fleet, worker, [^,]+, '([\w.]+)'/g),
    ];
    expect(events).toContain('worker.kill');
    expect(events).toContain('reload');
    expect(events.filter((event) => !isNamed(event))).toEqual([]);
  });

  it('has every metric, with its type and its labels, and no other', async () => {
    const { body } = await describeMetrics(STATUS);
    const metrics = [...body.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => {
      const [, labels = ''] = new RegExp(`^${name}\\{(.*)\\} `, 'm').exec(body) ?? [];
      return [name, type, matches(labels, /(\w+)="/g)];
    });
    const rows = [...text.matchAll(/^\| `(swarm_\w+)` \| (\w+) \| ([^|]*?) ?\| [^|]+ \|$/gm)];
    const documented = rows.map(([, name, type, labels = '']) => {
      const [names = ''] = labels.split(':');
      return [name, type, matches(names, /`(\w+)`/g)];
    });
    expect(documented.sort()).toEqual(metrics.sort());
    const [, states = ''] = /`state`: ([^|]+)\|/.exec(text) ?? [];
    expect(matches(states, /`(\w+)`/g)).toEqual(matches(body, /^swarm_workers\{state="(\w+)"\}/gm));
    const [, phases = ''] = /`phase`: ([^|]+)\|/.exec(text) ?? [];
    expect(matches(phases, /`(\w+)`/g)).toEqual(matches(body, /^swarm_phase\{phase="(\w+)"\}/gm));
  });

  it('has every reason for a restart, and no other', () => {
    const [, table = ''] = /### Restarts by reason\n([\s\S]*?)\n#/.exec(text) ?? [];
    expect(matches(table, /^\| `(\w+)` \| (?!the worker)/gm)).toEqual(Object.keys(NO_RESTARTS));
  });

  it('has every alert of the example, and no other', () => {
    const alerts = matches(read('examples/prometheus/alerts.yaml'), /- alert: (\w+)/g);
    expect(matches(text, /^\| `(Swarm\w+)` \|/gm)).toEqual(alerts);
    expect(matches(read('test/prometheus/alerts.test.yaml'), /alertname: (\w+)/g).sort()).toEqual(alerts.sort());
  });

  it('has every field of a status', () => {
    const status = ['src/control/status.ts', 'src/supervisor/status.ts'].map(read).join('\n');
    const fields = matches(status, /^ {2}readonly (\w+): /gm);
    expect(fields).toContain('lastRollout');
    const isExplained = (name: string) =>
      new RegExp(`\`(?:memory)?\\.?${name}(?:\\[\\])?\`|[{,] ${name}[ ,]`).test(text);
    expect(fields.filter((field) => !isExplained(field))).toEqual([]);
  });
});

describe('docs/sizing.md', () => {
  const text = read('docs/sizing.md');
  /** "| eco, basic, standard-1x | 512 MB | 2 of 8 shared | 2 | 396 | 384 MB |" */
  const rows = [
    ...text.matchAll(/^\| ([\w., -]+?)(?: \(Fir\))? \| [^|]+ \| [^|]+ \| (\d+) \| (\d+) \| (\d+) MB \|$/gm),
  ];
  const types = rows.flatMap(([, names = '', ...figures]) =>
    names.split(', ').map((name) => ({ name, figures: figures.map(Number) })),
  );

  it('has every type of Cedar dyno', () => {
    const names = types.map(({ name }) => name);
    expect(CATALOG.filter(({ generation, name }) => generation === 'Cedar' && !names.includes(name))).toEqual([]);
  });

  it.each(types)('agrees with swarm plan about $name', ({ name, figures }) => {
    const type = findDynoType(name);
    if (!type) throw new Error('there is no such type');
    const { count, maxMemory, heap } = sized({}, machineLike(type), { mode: 'fork', image: undefined });
    expect([count, maxMemory / MB, (heap.oldSpace ?? 0) / MB]).toEqual(figures);
  });

  it('has the formulas for the number of workers', () => {
    const room = { limited: true, memory: 1024 * MB, cores: { value: 1, source: '' }, image: undefined };
    const limit = { value: 100, source: '' };
    const plenty = { ...room, memory: 1024 ** 2 * MB };
    const numbers = (reason = '') => matches(reason.replace(/^.*?:/, ''), /(\d+) (?:MB )?(?:for swarm|each)/g);
    const [swarm, each] = numbers(
      tooMany({ ...room, processes: undefined, descriptors: undefined, mode: 'fork' }, 1000),
    );
    expect(text).toContain(`(0.9 × memory − ${swarm} MB − what is preloaded) / ${each} MB`);
    const [, spawned] = numbers(
      tooMany({ ...room, processes: undefined, descriptors: undefined, mode: 'spawn' }, 1000),
    );
    expect(text).toContain(`(0.9 × memory − ${swarm} MB) / ${spawned} MB`);
    const [others, threads] = numbers(
      tooMany({ ...plenty, processes: limit, descriptors: undefined, mode: 'fork' }, 1000),
    );
    expect(text).toContain(`(limit − ${others}) / ${threads} `);
    const [own] = numbers(tooMany({ ...plenty, processes: undefined, descriptors: limit, mode: 'fork' }, 1000));
    expect(text).toContain(`limit − ${own} `);
  });
});

function foldersIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Distinct matches of the first group. */
function matches(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, found = '']) => found))];
}

function variablesIn(text: string): string[] {
  return matches(text, /\b(SWARM_[A-Z][A-Z_]*[A-Z])\b/g);
}

/** Targets of links and images, except those on other sites. */
function linksIn(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, '');
  return matches(prose, /\]\(([^)\s]+)\)/g).filter((target) => !/^[a-z]+:/.test(target));
}

function isThere(from: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : relative(ROOT, join(ROOT, dirname(from), path));
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || anchorsOf(read(file)).includes(anchor);
}

/** The anchors that GitHub makes from headings. */
function anchorsOf(text: string): string[] {
  const headings = matches(text.replace(/^```[\s\S]*?^```/gm, ''), /^#+ (.+)$/gm);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
