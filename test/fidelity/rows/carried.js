// Resources that a mold has at the fork. Afterwards both processes have them, so each row runs in both.
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { watch, writeFileSync } from 'node:fs';
import { createServer, get } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { ownPid } from './parts/own-pid.js';
import { expectedResult, wasmModule } from './parts/wasm.js';

export const carried = {
  'fs.watch of the mold': {
    mold: ({ shared }) => watch(shared),
    async run(watcher, { shared, who }) {
      // Repeatedly: if both processes shared an inotify instance, this one might get an event by chance.
      for (let number = 0; number < 20; number++) {
        const name = `${who}-${number}`;
        const changed = new Promise((resolve) => {
          watcher.on('change', (_, changedName) => changedName === name && resolve());
        });
        writeFileSync(join(shared, name), '');
        await changed;
      }
      watcher.close();
    },
  },

  'timers of the mold': {
    mold() {
      const counts = { once: 0, ticks: 0 };
      const done = new Promise((resolve) => {
        setTimeout(() => counts.once++, 30);
        const interval = setInterval(() => {
          if (++counts.ticks < 10) return;
          clearInterval(interval);
          setTimeout(resolve, 20);
        }, 5);
      });
      return { counts, done };
    },
    async run({ counts, done }) {
      await done;
      assert.deepEqual(counts, { once: 1, ticks: 10 });
    },
  },

  'Atomics.waitAsync of the mold': {
    mold() {
      const cell = new Int32Array(new SharedArrayBuffer(4));
      // A thread of V8's platform times both.
      return { cell, short: Atomics.waitAsync(cell, 0, 0, 100), long: Atomics.waitAsync(cell, 0, 0, 1_000_000) };
    },
    async run({ cell, short, long }) {
      const alive = setInterval(() => {}, 1000);
      assert.equal(await short.value, 'timed-out');
      Atomics.notify(cell, 0);
      assert.equal(await long.value, 'ok');
      clearInterval(alive);
    },
  },

  'signal handlers of the mold': {
    mold() {
      const counts = { SIGUSR2: 0, SIGHUP: 0 };
      for (const signal of Object.keys(counts)) process.on(signal, () => counts[signal]++);
      return counts;
    },
    async run(counts) {
      for (const signal of Object.keys(counts)) {
        process.kill(ownPid(), signal);
        while (counts[signal] === 0) await sleep(1);
      }
      await sleep(20);
      assert.deepEqual(counts, { SIGUSR2: 1, SIGHUP: 1 });
    },
  },

  'a signal that the mold has not handled yet': {
    mold() {
      const seen = { count: 0 };
      process.on('SIGUSR2', () => seen.count++);
      // The signal is in libuv's pipe at the fork.
      process.kill(ownPid(), 'SIGUSR2');
      return seen;
    },
    async run(seen) {
      while (seen.count === 0) await sleep(1);
      process.kill(ownPid(), 'SIGUSR2');
      while (seen.count === 1) await sleep(1);
      await sleep(20);
      assert.equal(seen.count, 2);
    },
  },

  'a listening server of the mold': {
    async mold() {
      const server = createServer((_, response) => response.end('served'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    },
    async run(server, { who, childEnded }) {
      if (who === 'child') return server.close();
      await childEnded;
      const { port } = server.address();
      const response = await new Promise((resolve) => get({ port, host: '127.0.0.1', agent: false }, resolve));
      assert.equal(await text(response), 'served');
      server.close();
    },
  },

  'AsyncLocalStorage of the mold': {
    mold() {
      const storage = new AsyncLocalStorage();
      storage.enterWith('entered in the mold');
      const inside = storage.run('inside', () => sleep(30).then(() => storage.getStore()));
      return { storage, inside };
    },
    async run({ storage, inside }) {
      assert.equal(await inside, 'inside');
      assert.equal(storage.getStore(), 'entered in the mold');
    },
  },

  'WebAssembly of the mold': {
    async mold() {
      const { instance } = await WebAssembly.instantiate(wasmModule(50));
      for (let i = 0; i < 200; i++) instance.exports.f3(2000);
      return instance.exports;
    },
    run(exports) {
      for (const k of [3, 3, 4, 49]) assert.equal(exports[`f${k}`](100_000), expectedResult(k, 100_000));
    },
  },

  'a message in flight in the mold': {
    mold() {
      const { port1, port2 } = new MessageChannel();
      port1.postMessage('sent before');
      return { port1, port2 };
    },
    async run({ port1, port2 }) {
      assert.equal((await once(port2, 'message'))[0], 'sent before');
      port1.postMessage('sent after');
      assert.equal((await once(port2, 'message'))[0], 'sent after');
      port1.close();
    },
  },

  'a fork of its own, or an error': {
    mold() {},
    async run(_, { native, who }) {
      if (who !== 'child') return;
      let pid;
      try {
        pid = native.fork(false);
      } catch (error) {
        // A copy whose io_uring ring is in private memory cannot be copied again, but must continue unchanged.
        assert.equal(error.code, 'ENOTSUP');
        await WebAssembly.compile(wasmModule(100));
        return;
      }
      if (pid === 0) {
        await WebAssembly.compile(wasmModule(100));
        await sleep(5);
        process.exit(42);
      }
      let end;
      while (!end) {
        await sleep(1);
        end = native.reap(pid);
      }
      assert.deepEqual(end, { code: 42, signal: null });
    },
  },
};
