/**
 * The agents, started as their documentation says. `packages` are what a setup file loads, by variable name, and
 * `start` is the rest of the file. `register` is a module that starts the agent when it is loaded.
 */
export const AGENTS = {
  sentry: {
    packages: { Sentry: '@sentry/node' },
    start: `
      Sentry.init({ dsn: process.env.SENTRY_DSN, tracesSampleRate: 1 });
      globalThis.capture = (error) => Sentry.captureException(error);`,
    env: ({ port }) => ({ SENTRY_DSN: `http://key@127.0.0.1:${port}/1` }),
  },
  opentelemetry: {
    packages: { sdk: '@opentelemetry/sdk-node', automatic: '@opentelemetry/auto-instrumentations-node' },
    start: `
      new sdk.NodeSDK({ instrumentations: [automatic.getNodeAutoInstrumentations()] }).start();`,
    register: '@opentelemetry/auto-instrumentations-node/register',
    env: ({ port }) => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
      OTEL_METRIC_EXPORT_TIMEOUT: '400',
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,process,serviceinstance',
      OTEL_SERVICE_NAME: 'swarm',
    }),
  },
  datadog: {
    packages: { tracer: 'dd-trace' },
    start: `
      (tracer.default ?? tracer).init();`,
    register: 'dd-trace/init',
    env: ({ port }) => ({
      DD_TRACE_AGENT_URL: `http://127.0.0.1:${port}`,
      DD_TRACE_FLUSH_INTERVAL: '200',
      DD_REMOTE_CONFIGURATION_ENABLED: 'false',
      DD_SERVICE: 'swarm',
    }),
  },
  elastic: {
    packages: { apm: 'elastic-apm-node' },
    start: `
      (apm.default ?? apm).start();
      globalThis.capture = (error) => (apm.default ?? apm).captureError(error);`,
    register: 'elastic-apm-node/start.js',
    env: ({ port }) => ({
      ELASTIC_APM_SERVER_URL: `http://127.0.0.1:${port}`,
      ELASTIC_APM_API_REQUEST_TIME: '1s',
      ELASTIC_APM_METRICS_INTERVAL: '1s',
      ELASTIC_APM_CENTRAL_CONFIG: 'false',
      ELASTIC_APM_CLOUD_PROVIDER: 'none',
      ELASTIC_APM_LOG_LEVEL: 'off',
      ELASTIC_APM_SERVICE_NAME: 'swarm',
    }),
  },
  newrelic: {
    packages: { newrelic: 'newrelic' },
    start: `
      globalThis.capture = (error) => (newrelic.default ?? newrelic).noticeError(error);`,
    register: 'newrelic',
    tls: true,
    env: ({ port, certificate }) => ({
      NEW_RELIC_HOST: '127.0.0.1',
      NEW_RELIC_PORT: String(port),
      NEW_RELIC_LICENSE_KEY: 'a'.repeat(40),
      NEW_RELIC_APP_NAME: 'swarm',
      NEW_RELIC_LOG_ENABLED: 'false',
      NEW_RELIC_UTILIZATION_DETECT_AWS: 'false',
      NEW_RELIC_UTILIZATION_DETECT_AZURE: 'false',
      NEW_RELIC_UTILIZATION_DETECT_GCP: 'false',
      NEW_RELIC_UTILIZATION_DETECT_PCF: 'false',
      NODE_EXTRA_CA_CERTS: certificate,
    }),
  },
};

const JOBS = `work((error) => globalThis.capture?.(error)).then(() => setInterval(() => {}, 1000));`;

/** Ways in which an application can start its agent: its files, and the arguments and environment of swarm. */
export const WAYS = {
  'setup file, CommonJS': (agent) => ({
    'instrument.cjs': setup(agent, required),
    'jobs.cjs': `require('./instrument.cjs');\nconst work = require('./work.cjs');\n${JOBS}`,
    args: ['-r', './jobs.cjs'],
  }),
  'setup file, ES module': (agent) => ({
    'instrument.mjs': setup(agent, imported),
    'jobs.mjs': `import './instrument.mjs';\nimport work from './work.cjs';\n${JOBS}`,
    args: ['-r', './jobs.mjs'],
  }),
  'inline, CommonJS': (agent) => ({
    'jobs.cjs': `${setup(agent, required)}\nconst work = require('./work.cjs');\n${JOBS}`,
    args: ['-r', './jobs.cjs'],
  }),
  'inline, conditionally': (agent) => ({
    'instrument.cjs': setup(agent, required),
    'jobs.cjs': `if (process.env.REDIS_URL) require('./instrument.cjs');\nconst work = require('./work.cjs');\n${JOBS}`,
    args: ['-r', './jobs.cjs'],
  }),
  'an -r before the jobs': (agent) => ({
    'instrument.cjs': setup(agent, required),
    'jobs.cjs': `const work = require('./work.cjs');\n${JOBS}`,
    args: ['-r', './instrument.cjs', '-r', './jobs.cjs'],
  }),
  'SWARM_PRELOAD=file,auto': (agent) => ({
    'instrument.cjs': setup(agent, required),
    'jobs.cjs': `require('./instrument.cjs');\nconst work = require('./work.cjs');\n${JOBS}`,
    args: ['-r', './jobs.cjs'],
    env: { SWARM_PRELOAD: './instrument.cjs,auto' },
  }),
  'first import starts it': ({ register }) =>
    register && {
      'jobs.cjs': `require('${register}');\nconst work = require('./work.cjs');\n${JOBS}`,
      args: ['-r', './jobs.cjs'],
    },
  SWARM_PRELOAD_APP: (agent) => ({
    'instrument.cjs': setup(agent, required),
    'jobs.cjs': `require('./instrument.cjs');\nconst work = require('./work.cjs');
module.exports = () => { ${JOBS} };`,
    args: ['-r', './jobs.cjs'],
    env: { SWARM_PRELOAD_APP: '1' },
  }),
  '--require': (agent) => ({
    'instrument.cjs': setup(agent, required),
    'jobs.cjs': `const work = require('./work.cjs');\n${JOBS}`,
    args: ['-r', './jobs.cjs'],
    env: { NODE_OPTIONS: '--require ./instrument.cjs' },
  }),
  '--import': (agent) => ({
    'instrument.mjs': setup(agent, imported),
    'jobs.mjs': `import work from './work.cjs';\n${JOBS}`,
    args: ['-r', './jobs.mjs'],
    env: { NODE_OPTIONS: '--import ./instrument.mjs' },
  }),
};

function setup({ packages, start }, load) {
  return `${Object.entries(packages).map(load).join('\n')}${start}\n`;
}

function required([name, specifier]) {
  return `const ${name} = require('${specifier}');`;
}

function imported([name, specifier]) {
  return `import * as ${name} from '${specifier}';`;
}
