import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NODE, Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const CLEAN = { code: 0, signal: null };

/** Runs and stops a swarm of two workers. Returns their pids, and the names and texts of the files in the directory. */
async function profilesOf(options: { flags?: string[]; env?: NodeJS.ProcessEnv }, directory: string) {
  const env = { COUNT: '2', ...options.env };
  const swarm = new Swarm(['-r', './profiled.mjs'], { ...options, env });
  const said = (await swarm.heard('profiled', 2)).map((line) => line.split(' '));
  await swarm.event('worker.ready', 2);
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual(CLEAN);
  const files = readdirSync(directory).map((name) => ({ name, text: readFileSync(join(directory, name), 'utf8') }));
  const seen = said.map(([, , , , ...given]) => given.join(' '));
  return { supervisor: swarm.pid, workers: said.map(([, , pid = '']) => pid).sort(), files, seen };
}

test('each worker writes its own profiles, named as by plain Node; of the other processes, only the supervisor does', async () => {
  const directory = await temporaryDirectory();
  const flags = ['--cpu-prof', '--cpu-prof-dir', directory, '--cpu-prof-interval=500', '--heap-prof'];
  flags.push(`--heap-prof-dir=${directory}`);
  const { supervisor, workers, files, seen } = await profilesOf({ flags }, directory);
  for (const pattern of [
    /^CPU\.\d{8}\.\d{6}\.(\d+)\.0\.001\.cpuprofile$/,
    /^Heap\.\d{8}\.\d{6}\.(\d+)\.0\.002\.heapprofile$/,
  ]) {
    const profiles = files.flatMap(({ name, text }) => {
      const pid = pattern.exec(name)?.[1];
      return pid === undefined || pid === String(supervisor) ? [] : [{ pid, text }];
    });
    expect(profiles.map(({ pid }) => pid).sort()).toEqual(workers);
    for (const { text } of profiles) {
      expect(JSON.parse(text)).toBeTypeOf('object');
      expect(text).toContain('"functionName":"findMeInProfiles"');
    }
  }
  // Workers see the flags as given.
  expect(seen).toEqual([flags.join(' '), flags.join(' ')]);
});

test('threads of workers also write profiles', async () => {
  const directory = await temporaryDirectory();
  const flags = ['--cpu-prof', `--cpu-prof-dir=${directory}`];
  const { workers, files } = await profilesOf({ flags, env: { THREAD: '1' } }, directory);
  const ofThreads = files.flatMap(({ name }) => /^CPU\.\d+\.\d+\.(\d+)\.1\./.exec(name)?.[1] ?? []);
  expect(ofThreads.sort()).toEqual(workers);
});

test('the name, the directory and the interval of a profile are those of the flags', async () => {
  const directory = await temporaryDirectory();
  const flags = [
    '--heap-prof',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Node 22 and later insert the pid.
    '--heap-prof-name=${pid}.json',
    '--heap-prof-interval=1024',
    `--heap-prof-dir=${directory}/deep`,
  ];
  const swarm = new Swarm(['-r', './profiled.mjs'], { flags, env: { COUNT: '1', SWARM_MODE: 'fork' } });
  const [line = ''] = await swarm.heard('profiled');
  await swarm.event('worker.ready');
  swarm.signal('SIGTERM');
  await swarm.exited;
  const path = join(directory, 'deep', `${line.split(' ')[2]}.json`);
  expect(readFileSync(path, 'utf8')).toContain('"functionName":"findMeInProfiles"');
});

const VERSION = execFileSync(NODE, ['--version'], { encoding: 'utf8' });

// Node 20 does not allow these flags in NODE_OPTIONS.
test.skipIf(VERSION.startsWith('v20.'))(
  'NODE_OPTIONS can ask for profiles, and workers pass it on to their children',
  async () => {
    const directory = await temporaryDirectory();
    const given = `--cpu-prof --cpu-prof-dir="${directory}"`;
    const { supervisor, workers, files, seen } = await profilesOf({ env: { NODE_OPTIONS: given } }, directory);
    const pids = files.map(({ name }) => name.split('.')[3]).filter((pid) => pid !== String(supervisor));
    expect(pids.sort()).toEqual(workers);
    expect(seen).toEqual([given, given]);
  },
);
