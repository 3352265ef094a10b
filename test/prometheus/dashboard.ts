import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES } from './prometheus.ts';

interface Target {
  expr: string;
  legendFormat: string;
}

interface Panel {
  id: number;
  title: string;
  type: string;
  datasource: Source;
  gridPos: Record<'x' | 'y' | 'w' | 'h', number>;
  targets: (Target & { refId: string; datasource: Source })[];
}

interface Source {
  type: string;
  uid: string;
}

export interface Dashboard {
  uid: string;
  __inputs: { name: string; type: string; pluginId: string }[];
  __requires: { type: string; id: string }[];
  annotations: { list: { expr: string; datasource: Source }[] };
  templating: { list: { name: string; definition: string; datasource: Source; query: { query: string } }[] };
  panels: Panel[];
}

export function dashboard(): Dashboard {
  return JSON.parse(readFileSync(join(EXAMPLES, 'grafana-dashboard.json'), 'utf8')) as Dashboard;
}

/** An expression as Grafana sends it to Prometheus, with all jobs and instances selected. */
export function asked(expression: string): string {
  return expression.replaceAll(/\$(?:job|instance)\b/g, '.+').replaceAll(/\$__(?:rate_interval|interval)\b/g, '10m');
}

/** The metrics that an expression uses. */
export function metricsIn(expression: string): string[] {
  return [...expression.matchAll(/\bswarm_\w+/g)].map(([name]) => name);
}
