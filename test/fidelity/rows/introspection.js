import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
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
    // The debugger is started by a thread that Node keeps for this purpose.
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

  async 'an interrupt of JavaScript'({ native }) {
    // Without a fork there is no addon.
    if (!native) return;
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const answers = [];
    native.onInterrupt('SIGTTIN', () => {
      answers.push(new Error('here').stack);
      Atomics.store(flag, 0, answers.length);
      Atomics.notify(flag, 0);
      throw new Error('nobody is to see this');
    });
    const interrupt = () => process.kill(ownPid(), 'SIGTTIN');

    (function spin() {
      interrupt();
      // Not answers.length: V8 may compile that to one look before the loop, since nothing in the loop changes it.
      while (Atomics.load(flag, 0) === 0);
    })();
    assert.match(answers[0], /at spin /);

    (function sleep() {
      interrupt();
      Atomics.wait(flag, 0, 1);
    })();
    assert.match(answers[1], /at sleep /);

    while (!/at RegExp\.test /.test(answers.at(-1))) {
      interrupt();
      /^(a+)+$/.test(`${'a'.repeat(18)}b`);
    }

    await turn();
    const answeredBefore = answers.length;
    interrupt();
    while (answers.length === answeredBefore) await turn();

    // All that come while nothing can be answered are one; the first and the last may have come before and after.
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
    // Not fetch: the connection must not outlive the answer.
    get(`http://${host}/json/list`, { agent: false }, (response) => resolve(json(response))).on('error', reject);
  });
  assert.equal(target.webSocketDebuggerUrl, webSocketUrl);
}
