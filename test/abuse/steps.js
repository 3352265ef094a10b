import { existsSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './instance.js';
import { countDescriptors, descriptorLimit } from './process.js';

/**
 * What is done to a swarm. Each step takes back what it has done before it ends; `undo` takes it back however far the step
 * has come.
 *
 * @typedef {object} Step
 * @property {number} weight how often it comes, against the others
 * @property {(instance: import('./instance.js').Instance) => boolean} [applies] it can be done to this instance
 * @property {(instance: import('./instance.js').Instance, random: () => number) =>
 *   { text: string, act: () => Promise<unknown>, undo?: () => void }} plan draws its numbers, all at once
 *
 * @type {Record<string, Step>}
 */
export const STEPS = {
  pause: {
    weight: 6,
    plan(instance, random) {
      const who = pick(random, ['supervisor', 'supervisor', 'mold', 'worker', 'workers', 'all']);
      const seconds = duration(instance, random);
      const paused = targets(instance, random, who);
      return {
        text: `SIGSTOP to ${who} for ${seconds} s`,
        act: () => during(seconds, () => instance.signal(paused(), 'SIGSTOP')),
        undo: () => instance.signal(paused(), 'SIGCONT'),
      };
    },
  },
  kill: {
    weight: 5,
    plan(instance, random) {
      const who = pick(random, ['mold', 'worker', 'worker', 'workers']);
      const name = who === 'mold' ? 'SIGKILL' : pick(random, ['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGABRT', 'SIGUSR2']);
      const killed = targets(instance, random, who);
      return { text: `${name} to ${who}`, act: async () => instance.signal(killed(), name) };
    },
  },
  /** The slot is empty, and whoever fills it does not answer. */
  unanswered: {
    weight: 3,
    applies: ({ mode }) => mode === 'fork',
    plan(instance, random) {
      const seconds = duration(instance, random);
      const [molds, worker] = [targets(instance, random, 'mold'), targets(instance, random, 'worker')];
      return {
        text: `SIGSTOP to the mold for ${seconds} s, and SIGKILL to a worker`,
        act: () =>
          during(seconds, () => {
            instance.signal(molds(), 'SIGSTOP');
            instance.signal(worker(), 'SIGKILL');
          }),
        undo: () => instance.signal(molds(), 'SIGCONT'),
      };
    },
  },
  signals: {
    weight: 2,
    plan(instance, random) {
      const names = ['SIGHUP', 'SIGUSR2', 'SIGTTIN', 'SIGTTOU', 'SIGCHLD', 'SIGPIPE', 'SIGWINCH', 'SIGCONT'];
      const burst = Array.from({ length: 1 + Math.floor(30 * random()) }, () => pick(random, names));
      return {
        text: `${burst.length} signals to the supervisor`,
        act: async () => burst.forEach((name) => void instance.signal([instance.pid], name)),
      };
    },
  },
  restart: {
    weight: 4,
    plan: (instance) => ({
      text: 'a rolling restart',
      act: async () => instance.signal([instance.pid], 'SIGUSR2'),
    }),
  },
  badRestart: {
    weight: 3,
    plan(instance, random) {
      const seconds = duration(instance, random);
      const broken = join(instance.app, 'broken');
      return {
        text: `a rolling restart of an application that is broken for ${seconds} s`,
        act: () =>
          during(seconds, () => {
            writeFileSync(broken, '');
            instance.signal([instance.pid], 'SIGUSR2');
          }),
        undo: () => rmSync(broken, { force: true }),
      };
    },
  },
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
        // Whoever was started meanwhile has inherited the limit.
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
        text: `a job forges the words of others for ${seconds} s`,
        act: () => during(seconds, () => instance.signal(worker, 'SIGWINCH')),
        // It may have forged words of its own.
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
          // umount(8) wants to read /proc.
          if (hidden) inside('-t', 'proc', 'proc', '/proc');
          hidden = false;
        },
      };
    },
  },
};

/** Some are over at once, and some last longer than all of the swarm's patience. Seconds. */
function duration({ timeouts }, random, longest = 1.5 * Math.max(timeouts.hang, timeouts.boot)) {
  return Math.round(10 * longest * random() ** 2) / 10;
}

async function during(seconds, begin) {
  await begin();
  await sleep(1000 * seconds);
}

/** The same processes each time it is called, as they were the first time. */
function targets(instance, random, who) {
  const chance = random();
  let found;
  return () => {
    found ??= find(instance, who, chance);
    return found;
  };
}

function find(instance, who, chance) {
  const { workers, molds } = instance.children;
  const all = {
    supervisor: [instance.pid],
    mold: molds,
    worker: workers.slice(Math.floor(chance * workers.length)).slice(0, 1),
    workers,
    all: [...molds, ...workers, instance.pid],
  };
  return all[who];
}

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
  // Only the soft limit, which can be raised again.
  if (descriptorLimit(pid) !== count) run('prlimit', '--pid', String(pid), `--nofile=${count}:`);
}

function pick(random, list) {
  return list[Math.floor(random() * list.length)];
}
