import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { composeFile, type Manifest, manifests, type Workload } from '../support/manifests.ts';
import { pathsIn, watched } from './read.ts';

interface Validate {
  (data: unknown): boolean;
  errors?: { instancePath: string; keyword: string; params: object }[] | null;
}

const PACKAGES = join(import.meta.dirname, 'node_modules');
const MONITORING = 'ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1';

/** Validators generated from the OpenAPI document of Kubernetes and from CustomResourceDefinitions. */
const VALIDATORS: Record<string, string> = {
  'v1 Service': 'kubernetes-models/_schemas/IoK8sApiCoreV1Service.js',
  'apps/v1 Deployment': 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment.js',
  'apps/v1 StatefulSet': 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet.js',
  'keda.sh/v1alpha1 ScaledObject':
    '@kubernetes-models/keda/_schemas/ComGithubKedacoreKedaV2ApisKedaV1alpha1ScaledObject.js',
  'monitoring.coreos.com/v1 PodMonitor': `@kubernetes-models/prometheus-operator/_schemas/${MONITORING}PodMonitor.js`,
};

/** Problems that Kubernetes would report, and unknown fields, which it would drop silently. */
async function problemsIn(manifest: Manifest): Promise<string[]> {
  const file = VALIDATORS[`${manifest.apiVersion} ${manifest.kind}`];
  if (!file) return [`there is no schema for ${manifest.apiVersion} ${manifest.kind}`];
  const { validate } = (await import(pathToFileURL(join(PACKAGES, file)).href)) as { validate: Validate };
  const read = new Set<string>();
  validate(watched(manifest, read));
  const errors = (validate.errors ?? []).map(({ instancePath, keyword, params }) => {
    return `${instancePath}: ${keyword} ${JSON.stringify(params)}`;
  });
  return [...errors, ...pathsIn(manifest).filter((path) => !read.has(path))];
}

const examples = manifests();

describe('examples/kubernetes', () => {
  it.each(examples.map((manifest) => [manifest.kind, manifest] as const))('has a valid %s', async (_kind, manifest) => {
    expect(await problemsIn(manifest)).toEqual([]);
  });

  it.each<[problem: string, damage: (workload: Workload) => void]>([
    ['/spec/replicas: type {"type":"integer"}', ({ spec }) => Object.assign(spec, { replicas: '2' })],
    ['/spec: required {"missingProperty":"template"}', ({ spec }) => Object.assign(spec, { template: undefined })],
    ['/spec/template/spec/gracePeriod', ({ spec }) => Object.assign(spec.template.spec, { gracePeriod: 35 })],
    [
      '/spec/template/spec/containers/0/livenessProbe/httpGet/paths',
      ({ spec }) => Object.assign(spec.template.spec.containers[0].livenessProbe.httpGet, { paths: '/livez' }),
    ],
    [
      'there is no schema for apps/v1beta1 Deployment',
      (workload) => Object.assign(workload, { apiVersion: 'apps/v1beta1' }),
    ],
  ])('is tested for problems such as "%s"', async (problem, damage) => {
    const deployment = structuredClone(examples.find(({ kind }) => kind === 'Deployment')) as Workload;
    damage(deployment);
    expect(await problemsIn(deployment)).toContainEqual(expect.stringContaining(problem));
  });
});

describe('examples/compose.yaml', () => {
  const schema = JSON.parse(readFileSync(join(PACKAGES, 'dclint/schemas/compose.schema.json'), 'utf8')) as object;
  const { default: Ajv } = createRequire(join(PACKAGES, 'ajv'))('ajv') as {
    default: new (options: object) => Compiler;
  };
  // $schema names draft 7, Ajv's default, but with https, which Ajv does not know.
  const validate = new Ajv({ strict: false, validateFormats: false }).compile({ ...schema, $schema: undefined });

  it('is valid', () => {
    validate(composeFile());
    expect(validate.errors).toBeNull();
  });

  it.each([{ stop_grace_periods: '35s' }, { healthcheck: { test: 1 } }])(
    'is tested for mistakes such as %j',
    (mistake) => {
      const { services } = composeFile() as { services: { worker: object } };
      expect(validate({ services: { worker: { ...services.worker, ...mistake } } })).toBe(false);
    },
  );
});

interface Compiler {
  compile(schema: object): Validate;
}
