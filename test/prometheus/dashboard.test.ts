import { describe, expect, test } from 'vitest';
import { ask } from '../support/control.ts';
import { has } from '../support/needs.ts';
import { asked, dashboard, metricsIn } from './dashboard.ts';
import { Prometheus } from './prometheus.ts';
import { watched } from './watched.ts';

const { uid, __inputs, __requires, annotations, templating, panels } = dashboard();
const targets = panels.flatMap((panel) => panel.targets.map((target) => ({ title: panel.title, ...target })));
const variables = templating.list;

describe('the dashboard can be imported', () => {
  test('it asks for a Prometheus data source, and uses only that one', () => {
    expect(uid).toMatch(/^[\w-]{1,40}$/);
    expect(__inputs).toMatchObject([{ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' }]);
    for (const { datasource } of [...panels, ...targets, ...variables, ...annotations.list]) {
      expect(datasource).toEqual({ type: 'prometheus', uid: `\${${__inputs[0]?.name}}` });
    }
    const kinds = __requires.filter(({ type }) => type === 'panel').map(({ id }) => id);
    expect(kinds.sort()).toEqual([...new Set(panels.map(({ type }) => type))].sort());
  });

  test('panels have different ids and do not overlap', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  test('every panel filters by job and instance, and there are no other variables', () => {
    expect(variables.map(({ name }) => name)).toEqual(['job', 'instance']);
    for (const { query, definition } of variables) expect(query.query).toBe(definition);
    for (const { expr } of [...targets, ...annotations.list]) {
      const selectors = [...expr.matchAll(/\bswarm_\w+(\{[^}]*\})?/g)].map(([, labels = '']) => labels);
      for (const labels of selectors) expect(labels).toContain('{job=~"$job", instance=~"$instance"');
      expect(asked(expr)).not.toContain('$');
    }
  });
});

test.runIf(has('Prometheus', 'the dashboard, with a real Prometheus'))(
  'a real Prometheus has data for every panel, with the labels of its legend',
  async () => {
    const { swarm, port } = await watched({ SWARM_MAXMEM_MB: '900' });
    const prometheus = await Prometheus.start([port]);
    const { text } = await ask({ host: '127.0.0.1', port }, 'GET', '/metrics');
    const metrics = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    const expressions = [...targets, ...annotations.list].map(({ expr }) => expr);
    const named = [...expressions, ...variables.map(({ definition }) => definition)].flatMap(metricsIn);
    expect(named.length).toBeGreaterThan(targets.length);
    expect(named.filter((name) => !metrics.includes(name))).toEqual([]);

    for (const { title, expr, legendFormat } of targets) {
      const [sample] = await prometheus.until(asked(expr), ({ length }) => length > 0);
      const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      expect(Object.keys(sample?.metric ?? {}), title).toEqual(expect.arrayContaining(labels));
      expect(Number(sample?.value[1]), title).not.toBeNaN();
    }

    // The annotation of a rolling restart.
    const [{ expr: mark } = { expr: '' }] = annotations.list;
    expect(await prometheus.query(asked(mark))).toEqual([]);
    swarm.signal('SIGUSR2');
    await swarm.event('reload', 2);
    await prometheus.until(asked(mark), ({ length }) => length === 1);
  },
);
