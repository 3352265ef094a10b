import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/* The examples for platforms, parsed as kubectl and Compose parse them. */

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Labels };
}

export type Labels = Readonly<Record<string, string>>;

/** A Deployment or a StatefulSet. */
export interface Workload extends Manifest {
  spec: {
    replicas?: number;
    serviceName?: string;
    selector: { matchLabels: Labels };
    template: { metadata: { labels: Labels }; spec: Pod };
  };
}

interface Pod {
  terminationGracePeriodSeconds: number;
  containers: [Container];
}

export interface Container {
  image: string;
  command: string[];
  env: { name: string; value?: string; valueFrom?: object }[];
  ports: { name: string; containerPort: number }[];
  resources: Record<'requests' | 'limits', { cpu: string; memory: string }>;
  startupProbe: Probe;
  livenessProbe: Probe;
  readinessProbe: Probe;
}

interface Probe {
  httpGet: { path: string; port: string };
}

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** All documents of all files in examples/kubernetes. */
export function manifests(): Manifest[] {
  const folder = join(EXAMPLES, 'kubernetes');
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  return files.flatMap((name) => parseYaml(readFileSync(join(folder, name), 'utf8'), '1.1') as Manifest[]);
}

export function composeFile(): unknown {
  const [file] = parseYaml(readFileSync(join(EXAMPLES, 'compose.yaml'), 'utf8'));
  return file;
}

/**
 * @param version kubectl reads YAML 1.1, where `yes` is a boolean
 * @throws if the text is invalid, for example because of a duplicate key
 */
export function parseYaml(text: string, version: '1.1' | '1.2' = '1.2'): unknown[] {
  return parseAllDocuments(text, { version }).map((document) => {
    for (const problem of [...document.errors, ...document.warnings]) throw problem;
    return document.toJS() as unknown;
  });
}
