import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { OomKills } from '../../../src/machine/oom-kills.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const V2 = 'sys/fs/cgroup';
const V1 = 'sys/fs/cgroup/memory';

/** Counts in a group whose file has the number of kills; `kill` sets that number. */
async function counted(cgroup: string, file: string) {
  const root = await temporaryDirectory();
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const kill = (count: number) => write(file, `oom 7\noom_kill ${count}\noom_group_kill 0\n`);
  await write('proc/self/cgroup', cgroup);
  await kill(3);
  return { kills: new OomKills(root), kill };
}

test.each([
  ['a container', '0::/\n', `${V2}/memory.events`],
  ['a service of systemd', '0::/system.slice/jobs.service\n', `${V2}/system.slice/jobs.service/memory.events`],
  ['a container that sees the path on its host', '0::/docker/0123\n', `${V2}/memory.events`],
  ['a group of version 1', '4:memory:/jobs\n0::/\n', `${V1}/jobs/memory.oom_control`],
  ['a container of version 1', '4:memory:/docker/0123\n0::/\n', `${V1}/memory.oom_control`],
])('each kill in %s is reported once', async (_where, cgroup, file) => {
  const { kills, kill } = await counted(cgroup, file);
  expect(kills.take(), 'kills before the start').toBe(false);
  await kill(5);
  expect([kills.take(), kills.take(), kills.take()]).toEqual([true, true, false]);
});

test('unclaimed kills can be discarded', async () => {
  const { kills, kill } = await counted('0::/\n', `${V2}/memory.events`);
  await kill(4);
  kills.forget();
  expect(kills.take()).toBe(false);
  await kill(5);
  expect(kills.take()).toBe(true);
});

test('without a count, there are no kills', async () => {
  const kills = new OomKills(await temporaryDirectory());
  expect(kills.take()).toBe(false);
});
