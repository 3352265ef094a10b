import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createWriteStream, fstatSync, openSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import inspector from 'node:inspector';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { PerformanceObserver } from 'node:perf_hooks';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapSnapshot, getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { collect } from './parts/collector.js';
import { ownPid } from './parts/own-pid.js';
import { expectedResult } from './parts/wasm.js';

export const introspection = {
  'heap statistics'() {
    const { used_heap_size: used, total_heap_size: total } = getHeapStatistics();
    assert.ok(used > 1e6 && used <= total);
    assert.ok(getHeapSpaceStatistics().some(({ space_name: name }) => name === 'new_space'));
    assert.ok(process.memoryUsage().rss > 10e6);
    assert.ok(process.resourceUsage().maxRSS > 10e3);
  },

  async 'heap snapshot'({ directory }) {
    const path = join(directory, 'snapshot');
    await pipeline(getHeapSnapshot(), createWriteStream(path));
    const { snapshot, nodes } = JSON.parse(await readFile(path, 'utf8'));
    assert.equal(nodes.length, snapshot.node_count * snapshot.meta.node_fields.length);
  },

  async 'inspector open'() {
    inspector.open(0, '127.0.0.1');
    await answersOverHttp(inspector.url());
    inspector.close();
    assert.equal(inspector.url(), undefined);
  },

  async 'inspector by SIGUSR1'() {
    // A dedicated thread of Node starts the debugger.
    process.debugPort = 0;
    process.kill(ownPid(), 'SIGUSR1');
    while (inspector.url() === undefined) await turn();
    await answersOverHttp(inspector.url());
    inspector.close();
  },

  async 'CPU profile session'() {
    const session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    for (let round = 0; round < 100; round++) expectedResult(round, 100_000);
    const { profile } = await session.post('Profiler.stop');
    assert.ok(profile.samples.length > 0);
    assert.ok(profile.nodes.some(({ callFrame }) => callFrame.functionName === 'expectedResult'));
    session.disconnect();
  },

  async 'PerformanceObserver of GC'() {
    const observed = [];
    const observer = new PerformanceObserver((list) => observed.push(...list.getEntries()));
    observer.observe({ entryTypes: ['gc'] });
    while (observed.length === 0) {
      collect();
      await turn();
    }
    observer.disconnect();
    assert.equal(observed[0].entryType, 'gc');
  },

  async 'an interrupt of JavaScript'({ native, directory }) {
    // Without a fork, the addon is not loaded.
    if (!native) return;
    const path = join(directory, 'lines');
    const lines = openSync(path, 'w');
    const answers = [];
    const listener = (_, stack) => {
      answers.push(stack);
      throw new Error('must be dropped');
    };
    native.onInterrupt('SIGTTIN', listener, { fd: lines, text: '% s, % MB, % of % MB: %\n', own: '/nowhere/' });
    const interrupt = () => process.kill(ownPid(), 'SIGTTIN');
    const { size } = fstatSync(lines);
    const written = () => fstatSync(lines).size > size;

    // While the event loop is blocked.
    (function spin() {
      interrupt();
      while (!written());
    })();
    const [line] = readFileSync(path, 'utf8').split('\n');
    const [, resident, used, whole] = /^[\d.]+ s, (\d+) MB, (\d+) of (\d+) MB: (?:\S+ \(\S+\) < )?spin \(/.exec(line);
    assert.ok(Number(resident) > 10 && Number(used) > 0 && Number(used) <= Number(whole), line);
    assert.ok(Math.abs(Number(whole) - getHeapStatistics().total_heap_size / 2 ** 20) < 20, line);

    (function sleep() {
      const { length } = readFileSync(path);
      interrupt();
      const flag = new Int32Array(new SharedArrayBuffer(4));
      while (fstatSync(lines).size === length) Atomics.wait(flag, 0, 0, 10);
    })();
    assert.match(readFileSync(path, 'utf8').trim().split('\n').at(-1), /: sleep \(/);

    (function match() {
      for (let length = 18; ; length++) {
        const before = fstatSync(lines).size;
        interrupt();
        /^(a+)+$/.test(`${'a'.repeat(length)}b`);
        if (fstatSync(lines).size > before) return;
      }
    })();
    assert.match(readFileSync(path, 'utf8').trim().split('\n').at(-1), /: match \(/);

    // While the event loop turns. The last interrupt above may be answered only now.
    await turn();
    assert.ok(answers.length <= 1, answers.join());
    const answered = answers.length;
    interrupt();
    while (answers.length === answered) await turn();

    // Signals that arrive while none can be answered count as one. The first and the last may arrive before and after.
    const { length } = answers;
    execFileSync('sh', ['-c', 'count=100; while [ $count -gt 0 ]; do kill -s TTIN $PPID; count=$((count - 1)); done']);
    while (answers.length === length) await turn();
    assert.ok(answers.length < length + 10, `${answers.length - length} answers`);
  },

  'diagnostic report'() {
    const { header, libuv } = process.report.getReport();
    assert.equal(header.processId, ownPid());
    assert.ok(libuv.some(({ type }) => type === 'loop'));
  },
};

async function answersOverHttp(webSocketUrl) {
  const { host } = new URL(webSocketUrl);
  const [target] = await new Promise((resolve, reject) => {
    // Not fetch(), whose connection would outlive the answer.
    get(`http://${host}/json/list`, { agent: false }, (response) => resolve(json(response))).on('error', reject);
  });
  assert.equal(target.webSocketDebuggerUrl, webSocketUrl);
}
