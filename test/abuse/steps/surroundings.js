import { existsSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countDescriptors, descriptorLimit, run } from '../process.js';
import { duration, during, pick, targets } from './draw.js';

/** Steps that disturb what a swarm depends on, or send requests to it. */
export const SURROUNDINGS = {
  fullDisk: {
    weight: 4,
    applies: ({ output }) => output === 'disk',
    plan(instance, random) {
      const seconds = duration(instance, random);
      const filler = join(instance.disk, 'filler');
      return {
        text: `no room for the log for ${seconds} s`,
        act: () => during(seconds, () => fill(instance.disk, filler)),
        undo: () => rmSync(filler, { force: true }),
      };
    },
  },
  unread: {
    weight: 4,
    applies: ({ output }) => output === 'pipe',
    plan(instance, random) {
      const seconds = duration(instance, random);
      return {
        text: `nobody reads the log for ${seconds} s`,
        act: () => during(seconds, () => instance.pauseOutput()),
        undo: () => instance.resumeOutput(),
      };
    },
  },
  closed: {
    weight: 4,
    applies: ({ output }) => output === 'closed',
    plan: (instance) => ({ text: 'stdout and stderr are closed', act: async () => instance.closeOutput() }),
  },
  fewDescriptors: {
    weight: 4,
    plan(instance, random) {
      const seconds = duration(instance, random);
      const spare = Math.floor(random() * 6) - 2;
      const worker = targets(instance, random, 'worker');
      return {
        text: `${spare} spare descriptors for ${seconds} s, and SIGKILL to a worker`,
        act: () =>
          during(seconds, () => {
            limitDescriptors(instance.pid, Math.max(0, countDescriptors(instance.pid) + spare));
            instance.signal(worker(), 'SIGKILL');
            void instance.control.ask('/metrics');
          }),
        // Processes started in the meantime inherited the limit.
        undo: () => instance.processes.forEach((pid) => void limitDescriptors(pid, instance.descriptors)),
      };
    },
  },
  missingFiles: {
    weight: 4,
    plan(instance, random) {
      const seconds = duration(instance, random);
      const part = pick(random, ['dist', 'node_modules', 'package.json']);
      const [here, away] = [join(instance.package, part), join(instance.directory, `${part}.away`)];
      const worker = targets(instance, random, 'worker');
      return {
        text: `its ${part} is gone for ${seconds} s`,
        act: () =>
          during(seconds, async () => {
            if (existsSync(here)) renameSync(here, away);
            await Promise.all(['/status', '/metrics', '/nonsense'].map((path) => instance.control.ask(path)));
            instance.signal(worker(), 'SIGKILL');
          }),
        undo: () => existsSync(away) && renameSync(away, here),
      };
    },
  },
  forgedWords: {
    weight: 4,
    applies: ({ isolated }) => isolated,
    plan(instance, random) {
      const seconds = duration(instance, random, 3);
      const worker = targets(instance, random, 'worker')();
      return {
        text: `a job forges messages of other processes for ${seconds} s`,
        act: () => during(seconds, () => instance.signal(worker, 'SIGWINCH')),
        // Its forged messages can include valid ones of its own.
        undo: () => instance.signal(worker, 'SIGKILL'),
      };
    },
  },
  flood: {
    weight: 4,
    plan(instance, random) {
      const seconds = duration(instance, random);
      const door = pick(random, ['socket', 'listen']);
      const path = pick(random, ['/metrics', '/metrics', '/status', '/livez', '/nonsense']);
      const request = `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(100);
      const bytes = pick(random, [
        request,
        request,
        'garbage '.repeat(1000),
        'POST / HTTP/1.1\r\nContent-Length: 99999',
      ]);
      const count = 1 + Math.floor(20 * random());
      let sockets = [];
      return {
        text: `${count} connections send "${bytes.slice(0, 20).trim()}…" to its ${door} for ${seconds} s and read nothing`,
        act: () =>
          during(seconds, () => {
            sockets = Array.from({ length: count }, () => instance.control.flood(door, bytes));
          }),
        undo: () => sockets.forEach((socket) => void socket.destroy()),
      };
    },
  },
  hiddenProc: {
    weight: 2,
    applies: ({ isolated }) => isolated,
    plan(instance, random) {
      const seconds = duration(instance, random);
      const inside = (...command) =>
        run('nsenter', '--mount', '--pid', '--target', String(instance.pid), 'mount', ...command);
      let hidden = false;
      return {
        text: `its /proc is empty for ${seconds} s`,
        act: () =>
          during(seconds, () => {
            inside('-t', 'tmpfs', 'none', '/proc');
            hidden = true;
          }),
        undo: () => {
          // Not umount(8), which needs to read /proc.
          if (hidden) inside('-t', 'proc', 'proc', '/proc');
          hidden = false;
        },
      };
    },
  },
};

function fill(directory, path) {
  try {
    const { bavail, bsize } = statfsSync(directory);
    writeFileSync(path, Buffer.alloc(bavail * bsize));
    writeFileSync(path, Buffer.alloc(1_000_000), { flag: 'a' });
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error;
  }
}

function limitDescriptors(pid, count) {
  if (descriptorLimit(pid) === count) return;
  try {
    // Only the soft limit, which can be raised again.
    run('prlimit', '--pid', String(pid), `--nofile=${count}:`);
  } catch (error) {
    // It can have ended since it was listed.
    if (existsSync(`/proc/${pid}`)) throw error;
  }
}
