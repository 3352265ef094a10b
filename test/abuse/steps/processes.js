import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { duration, during, pick, targets } from './draw.js';

/** Steps that signal processes of a swarm. */
export const PROCESSES = {
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
  /** A slot is empty, and the mold that should fill it does not answer. */
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
};
