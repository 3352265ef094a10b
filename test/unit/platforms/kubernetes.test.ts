import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ordinalOfCopy } from '../../../src/config/ordinal.ts';
import { resolveSettings } from '../../../src/config/resolve.ts';
import { limitedMachine, sized } from '../../support/machine.ts';
import { type Container, type Labels, type Manifest, manifests, type Workload } from '../../support/manifests.ts';
import { answers } from './answers.ts';

/** Checks that the parts of the example fit each other, and swarm. test/schemas checks each against its schema. */
const all = manifests();
const workloads = all.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet') as Workload[];
const deployment = find<Workload>('Deployment');
const statefulSet = find<Workload>('StatefulSet');

it('has both kinds', () => {
  expect(workloads.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    'Deployment mail',
    'StatefulSet shards',
  ]);
});

describe.each(workloads.map((workload) => [workload.kind, workload] as const))('the %s', (_kind, workload) => {
  const { selector, template } = workload.spec;
  const [container] = template.spec.containers;
  const environment = environmentOf(container);

  it('has only variables that swarm knows, with valid values', () => {
    const { unknown, settings } = resolveSettings({ ...environment, INDEX: '0' });
    expect(unknown).toEqual([]);
    expect(environment).toMatchObject({ SWARM_LISTEN: String(settings.listen?.port) });
  });

  it('gives swarm 10 s beyond the deadline of its workers', () => {
    const { timeout } = resolveSettings({ ...environment, INDEX: '0' }).settings;
    expect(template.spec.terminationGracePeriodSeconds).toBe(timeout / 1000 + 10);
  });

  it('runs swarm itself, in an image with a pinned version', () => {
    expect(container.command[0]).toBe('node_modules/.bin/swarm');
    expect(container.image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it('opens and probes the port on which swarm listens', () => {
    const { startupProbe, livenessProbe, readinessProbe, ports } = container;
    expect(ports.map(({ containerPort }) => String(containerPort))).toEqual([environment['SWARM_LISTEN']]);
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
      expect(httpGet.port).toBe(ports[0]?.name);
    }
  });

  it('probes paths that swarm answers', async () => {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);
    expect(paths).toEqual(['/livez', '/livez', '/readyz']);
    for (const path of paths) expect(await answers(path)).toBe(true);
  });

  it('selects its own pods, and no others', () => {
    expect(workloads.filter((other) => isSelected(other, selector.matchLabels))).toEqual([workload]);
    expect(workload.metadata.labels).toEqual(template.metadata.labels);
  });

  it('has limits from which swarm computes 2 workers that fit', () => {
    const { requests, limits } = container.resources;
    expect(requests.memory).toBe(limits.memory);
    const memory = Number(/^(\d+)Gi$/.exec(limits.memory)?.[1]) * 1024 ** 3;
    const { count, excess, limited } = sized({}, limitedMachine(Number(limits.cpu), memory));
    expect({ count, excess, limited }).toEqual({ count: 2, excess: undefined, limited: true });
  });
});

describe('the StatefulSet', () => {
  const environment = environmentOf(statefulSet.spec.template.spec.containers[0]);
  const copies = Array.from({ length: statefulSet.spec.replicas ?? 0 }, (_, copy) => copy);

  it('gives each shard to one worker', () => {
    expect(environment['INDEX']).toBe('ordinal');
    const count = Number(environment['COUNT']);
    const pod = { ...environment, KUBERNETES_SERVICE_HOST: '10.96.0.1' };
    const indexes = copies.flatMap((copy) => {
      const { value } = ordinalOfCopy('INDEX', pod, `${statefulSet.metadata.name}-${copy}`);
      return Array.from({ length: count }, (_, slot) => value * count + slot);
    });
    expect(indexes).toEqual(Array.from({ length: Number(environment['SHARDS']) }, (_, shard) => shard));
  });

  it('has the Service that it names, which is headless and selects its pods', () => {
    const service = find<Manifest & { spec: { clusterIP: string; selector: Labels } }>('Service');
    expect(service.metadata.name).toBe(statefulSet.spec.serviceName);
    expect(service.spec.clusterIP).toBe('None');
    expect(workloads.filter((other) => isSelected(other, service.spec.selector))).toEqual([statefulSet]);
  });
});

describe('the ScaledObject', () => {
  type Trigger = { metadata: Record<string, string> };
  const { spec } = find<Manifest & { spec: { scaleTargetRef: object; triggers: [Trigger] } }>('ScaledObject');
  const [{ metadata: trigger }] = spec.triggers;

  it('is the only one to set the number of copies', () => {
    expect(spec.scaleTargetRef).toEqual({ name: deployment.metadata.name });
    expect(deployment.spec).not.toHaveProperty('replicas');
  });

  it('watches the Redis and the queue of the workers', () => {
    const { REDIS_URL = '' } = environmentOf(deployment.spec.template.spec.containers[0]);
    expect(`redis://${trigger['address']}`).toBe(REDIS_URL);
    const jobs = readFileSync(new URL('../../../examples/bullmq/jobs.js', import.meta.url), 'utf8');
    const [, queue] = /new Worker\('(\w+)'/.exec(jobs) ?? [];
    expect(trigger['listName']).toBe(`bull:${queue}:wait`);
  });
});

it('the PodMonitor scrapes the pods of both', async () => {
  type Endpoint = { port: string; path: string };
  type Spec = { selector: { matchLabels: Labels }; podMetricsEndpoints: [Endpoint] };
  const { spec } = find<Manifest & { spec: Spec }>('PodMonitor');
  expect(workloads.filter((workload) => isSelected(workload, spec.selector.matchLabels))).toEqual(workloads);
  const [{ port, path }] = spec.podMetricsEndpoints;
  for (const { spec } of workloads) expect(spec.template.spec.containers[0].ports[0]?.name).toBe(port);
  expect(await answers(path)).toBe(true);
});

function find<Kind extends Manifest>(kind: string): Kind {
  const [found, ...others] = all.filter((manifest) => manifest.kind === kind);
  if (!found || others.length > 0) throw new Error(`expected exactly one ${kind}`);
  return found as Kind;
}

/** The variables that are not in a Secret. */
function environmentOf({ env }: Container): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
}

function isSelected({ spec }: Workload, selector: Labels): boolean {
  const { labels } = spec.template.metadata;
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
