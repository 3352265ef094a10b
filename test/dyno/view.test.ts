import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { memoryHierarchy } from '../support/memory-group.js';
import { MARK } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { describeDyno, run, simulate } from './simulate.ts';

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

describeDyno('/sys/fs/cgroup', () => {
  const files = 'cd /sys/fs/cgroup && find . -type f | sort';

  test.each([
    ['standard-1x', 536_870_912],
    ['private-s', 1_073_741_824],
    ['performance-l', 15_032_385_536],
  ])('on Cedar has one file, the memory limit of cgroup v1: %s', async (type, bytes) => {
    const lines = await run(`${files}; cat memory/memory.limit_in_bytes; grep -c ' - cgroup2 ' /proc/self/mountinfo`, {
      type,
    });
    expect(lines).toEqual(['./memory/memory.limit_in_bytes', String(bytes), '0']);
  });

  test.each([
    ['dyno-1c-0.5gb', 536_870_912, '90000 100000'],
    ['dyno-2c-1gb', 1_073_741_824, '180000 100000'],
    ['dyno-32c-64gb', 68_719_476_736, '2880000 100000'],
  ])('on Fir has the files of cgroup v2: %s', async (type, bytes, cpu) => {
    const lines = await run(`${files}; cat memory.max cpu.max`, { type });
    expect(lines).toEqual([
      './cgroup.controllers',
      './cpu.max',
      './memory.current',
      './memory.high',
      './memory.max',
      './memory.stat',
      String(bytes),
      cpu,
    ]);
  });

  test('on Fir reports the actual memory usage', async () => {
    // Half of the allocation, because Node can free other memory in the meantime.
    const script = `
      const inUse = () => Number(fs.readFileSync('/sys/fs/cgroup/memory.current', 'utf8'));
      const before = inUse();
      const more = Buffer.alloc(100 * 1024 ** 2, 1);
      console.log(inUse() - before > more.length / 2);`;
    expect(await run(`node -e "${script}"`, { type: 'dyno-1c-4gb' })).toEqual(['true']);
  });

  test('matches /proc/self/cgroup, as far as the kernel allows', async () => {
    const lines = await run('cat /proc/self/cgroup');
    expect(lines).toContain('0::/');
    // Each hierarchy of cgroup v1 has a line, which cannot be removed, but it does not reveal the path of the group.
    expect(lines.filter((line) => !line.endsWith(':/'))).toEqual([]);
    if (memoryHierarchy()?.version === 2) expect(lines).toEqual(['0::/']);
  });
});

describeDyno('the number of cores', () => {
  test.each([
    ['standard-1x', 8],
    ['performance-m', 2],
    ['performance-2xl', 16],
    ['dyno-2c-8gb', 48],
  ])('is reported as on %s', async (type, count) => {
    const counts = 'node -p "os.cpus().length"; getconf _NPROCESSORS_ONLN; grep -c ^processor /proc/cpuinfo';
    expect(await run(counts, { type })).toEqual([count, count, count].map(String));
  });

  test('that a dyno can use exceeds neither that of this machine nor that of the dyno type', async () => {
    const here = availableParallelism();
    expect(await run('nproc', { type: 'performance-2xl' })).toEqual([String(Math.min(16, here))]);
    expect(await run('nproc', { type: 'performance-m' })).toEqual([String(Math.min(2, here))]);
    // The machine under the tests can have only one core, so check the choice of a single one.
    const chosen = await execa('bash', ['-c', 'source shell/leader.sh; CPUS=1 leader::cpus'], {
      cwd: import.meta.dirname,
    });
    expect(chosen.stdout).toMatch(/^\d+$/);
  });
});

describeDyno('the user', () => {
  test('is different in each dyno', async () => {
    const [[one], [other]] = await Promise.all([run('id -un'), run('id -un')]);
    expect(one).not.toBe(other);
  });

  test('has a name, a home directory and no capabilities', async () => {
    const lines = await run(
      'node -p "os.userInfo().homedir"; pwd; id -un; grep CapEff /proc/self/status; id -G | wc -w',
    );
    expect(lines).toEqual(['/app', '/app', expect.stringMatching(/^u\d+$/), 'CapEff:\t0000000000000000', '1']);
  });

  test('can write only in /app and /tmp, and the application is a copy', async () => {
    const app = await temporaryDirectory();
    await mkdir(join(app, 'lib'));
    await writeFile(join(app, 'lib', 'original.js'), 'original');
    const places = ['/', '/etc', '/usr/local/bin', '/var/tmp', '/root', REPOSITORY, '/app/node_modules/dyno-swarm'];
    const lines = await run(
      `for place in ${places.join(' ')} /app /app/lib /tmp; do touch $place/new && echo $place; done 2>/dev/null
       echo changed > lib/original.js && cat lib/original.js`,
      { app },
    );
    expect(lines).toEqual(['/app', '/app/lib', '/tmp', 'changed']);
    expect(await readdir(app, { recursive: true })).toEqual(['lib', 'lib/original.js']);
    expect(await readFile(join(app, 'lib', 'original.js'), 'utf8')).toBe('original');
  });

  test('can write to a shared directory if its mode allows that', async () => {
    const directory = await temporaryDirectory();
    await chmod(directory, 0o777);
    await run(`echo here > ${directory}/file`, { shared: [directory] });
    expect(await readFile(join(directory, 'file'), 'utf8')).toBe('here\n');
  });

  test('sees only its own processes', async () => {
    const lines = await run(`kill -0 ${process.pid} 2>/dev/null && echo seen; ps -e -o pid= | wc -l`);
    // The first process of the namespace, the shell, ps and wc.
    expect(lines.map(Number)).toEqual([4]);
  });

  test.each([
    ['standard-1x', 256],
    ['standard-2x', 512],
  ])('on %s can have at most %i processes and threads', async (type, limit) => {
    const script = `
      let count = 0;
      (function next() {
        const child = require('node:child_process').spawn('sleep', ['1000']);
        child.on('error', ({ code }) => { console.log(code, count); process.exit(); });
        child.on('spawn', () => { count += 1; next(); });
      })();`;
    const [said, count] = (await run(`ulimit -u; node -e "${script}"`, { type }))
      .map((line) => line.split(' '))
      .map(([word, number]) => number ?? word);
    expect(Number(said)).toBe(limit);
    // Node itself has some threads. Other processes of this machine do not count.
    expect(Number(count)).toBeGreaterThan(limit - 40);
    expect(Number(count)).toBeLessThan(limit);
  });
});

describeDyno('the environment', () => {
  test('contains no variable of the simulator', async () => {
    process.env[MARK] = 'of the simulator';
    const lines = await run('env', { env: { QUEUE: 'mail', NAME: 'with "quotes" and $HOME' } });
    delete process.env[MARK];
    // PWD, SHLVL and _ are bash's.
    expect(lines.filter((line) => !/^(PWD|SHLVL|_)=/.test(line)).sort()).toEqual([
      'DYNO=worker.1',
      'HOME=/app',
      'NAME=with "quotes" and $HOME',
      'PATH=/app/.heroku/node/bin:/app/node_modules/.bin:/usr/local/bin:/usr/bin:/bin',
      'QUEUE=mail',
    ]);
  });

  test('of a web dyno has a PORT', async () => {
    const [name, port] = await run('echo $DYNO; echo $PORT', { processType: 'web' });
    expect(name).toBe('web.1');
    expect(Number(port)).toBeGreaterThan(1023);
  });

  test('on Fir has a dyno name in another format', async () => {
    const [name] = await run('echo $DYNO', { type: 'dyno-2c-4gb' });
    expect(name).toMatch(/^worker-[a-z0-9]{9}-[a-z0-9]{5}$/);
  });

  test('on Cedar includes the variables of .profile.d and .profile, even if these scripts fail', async () => {
    const app = await temporaryDirectory();
    await mkdir(join(app, '.profile.d'));
    await writeFile(join(app, '.profile.d', '1.sh'), 'export ONE=1\nfalse\nreturn 3\n');
    await writeFile(join(app, '.profile.d', '2.sh'), 'export TWO=$((ONE + 1))\n');
    await writeFile(join(app, '.profile.d', 'README'), 'export TWO=3\n');
    await writeFile(join(app, '.profile'), 'export THREE=$((TWO + 1))\n');
    await writeFile(join(app, 'Procfile'), 'web: echo web\nworker: echo $ONE $TWO $THREE "$DYNO"\n');
    const dyno = await simulate({ type: 'standard-1x', app });
    await dyno.exited;
    expect(dyno.log.of('app')).toEqual(['1 2 3 worker.1']);
    expect(await run('echo none $ONE $TWO $THREE', { type: 'dyno-2c-4gb', app })).toEqual(['none']);
  });

  test('has the Node under test and swarm on the PATH', async () => {
    const lines = await run('command -v node swarm; swarm --version');
    expect(lines.slice(0, 2)).toEqual(['/app/.heroku/node/bin/node', '/app/node_modules/.bin/swarm']);
    expect(lines[2]).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
