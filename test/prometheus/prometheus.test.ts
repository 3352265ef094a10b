import { execa } from 'execa';
import { expect, test } from 'vitest';
import { NO_RESTARTS } from '../../src/supervisor/restarts.ts';
import { ask } from '../support/control.ts';
import { has } from '../support/needs.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { EXAMPLES, Prometheus } from './prometheus.ts';
import { watched } from './watched.ts';

const withPrometheus = test.runIf(has('Prometheus', 'metrics and alerts, with a real Prometheus'));

const reasons = Object.keys(NO_RESTARTS).length;

withPrometheus('Prometheus scrapes the metrics of two busy swarms, and evaluates the alerts', async () => {
  const [one, other] = [await watched({ INDEX: '4' }), await watched()];
  const prometheus = await Prometheus.start([one.port, other.port]);
  const both = (value: number) => new Map([one, other].map(({ port }) => [port, value]));

  await prometheus.says('up', both(1));
  await prometheus.says('swarm_workers{state="ready"}', both(2));
  await prometheus.says('swarm_workers_wanted - swarm_workers_ready', both(0));
  await prometheus.says('count by (instance) (swarm_worker_restarts_total == 0)', both(reasons));
  const sum = 'swarm_memory_private_bytes + swarm_memory_shared_bytes';
  await prometheus.says(`${sum} == bool swarm_memory_bytes`, both(1));
  const { activeTargets } = (await prometheus.get('targets')) as { activeTargets: { labels: object }[] };
  expect(activeTargets.map(({ labels }) => labels)).toMatchObject([{ job: 'swarm' }, { job: 'swarm' }]);

  const [victim] = one.swarm.events('worker.ready');
  kill(victim?.pid as number, 'SIGKILL');
  const only = new Map([
    [one.port, 1],
    [other.port, 0],
  ]);
  await prometheus.says('increase(swarm_worker_restarts_total{reason="killed"}[10m]) > bool 0', only);
  await prometheus.says('sum by (instance) (swarm_worker_restarts_total)', only);
  const changed = await prometheus.until(
    'changes(swarm_worker_start_time_seconds[10m]) > 0',
    ({ length }) => length > 0,
  );
  expect(changed.map(({ metric }) => [metric['instance'], metric['slot'], metric['index']])).toEqual([
    [`127.0.0.1:${one.port}`, String(victim?.worker), String(victim?.index)],
  ]);

  // Each worker serves requests all the time, and reports its use of time with each heartbeat.
  for (const counter of ['swarm_worker_event_loop_active_seconds_total', 'swarm_worker_cpu_seconds_total']) {
    await prometheus.until(`rate(${counter}[10m]) > 0`, ({ length }) => length === 4);
  }

  const rules = (await prometheus.get('rules')) as { groups: { rules: { name: string; health: string }[] }[] };
  const evaluated = rules.groups.flatMap((group) => group.rules);
  expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);

  other.swarm.signal('SIGTERM');
  expect(await other.swarm.exited).toEqual({ code: 0, signal: null });
  await until('the alert', async () => {
    const { alerts } = (await prometheus.get('alerts')) as { alerts: { labels: Record<string, string> }[] };
    return alerts.some(
      ({ labels }) => labels['alertname'] === 'SwarmDown' && labels['instance'] === `127.0.0.1:${other.port}`,
    );
  });
});

withPrometheus('promtool accepts the metrics without complaint', async () => {
  const { port } = await watched();
  const { text } = await ask({ host: '127.0.0.1', port }, 'GET', '/metrics');
  expect(await promtool(['check', 'metrics'], text)).toBe('');
  expect(await promtool(['check', 'metrics'], text.replaceAll('_seconds_total', '_seconds'))).toMatch(
    /should have "_total"/,
  );
});

withPrometheus('the example configuration is valid, and its alerts fire only when they should', async () => {
  await promtool(['check', 'config', `${EXAMPLES}/prometheus.yaml`]);
  await promtool(['check', 'rules', `${EXAMPLES}/alerts.yaml`]);
  await promtool(['test', 'rules', `${import.meta.dirname}/alerts.test.yaml`]);
});

/** Returns the complaints of promtool. Rejects with its whole output if it fails. */
async function promtool(args: readonly string[], input = ''): Promise<string> {
  const { stderr, all, exitCode } = await execa('promtool', args, { input, all: true, reject: false });
  // Status 3 means lint complaints, status 1 means that the input is not in the format of metrics.
  if (exitCode !== 0 && exitCode !== 3) throw new Error(all);
  return stderr;
}
