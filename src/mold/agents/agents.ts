import { fileURLToPath } from 'node:url';
import { packageDirectory, packageName } from '../../loading/owner.ts';
import { dependenciesOf, realPath } from '../dependencies.ts';

/** Agents patch modules with these. A package that depends on one of them, directly or not, is an agent or brings one. */
const MACHINERY: ReadonlySet<string> = new Set([
  'require-in-the-middle',
  'import-in-the-middle',
  '@opentelemetry/instrumentation',
  '@apm-js-collab/code-transformer',
  '@apm-js-collab/tracing-hooks',
  '@sentry/server-runtime-injection',
  'diagnostic-channel',
]);

/** Agents with machinery of their own. */
const SELF_CONTAINED: ReadonlySet<string> = new Set([
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  'appdynamics',
  'skywalking-backend-js',
  '@contrast/agent',
  '@dynatrace/oneagent',
  '@google-cloud/trace-agent',
  '@instana/core',
]);

/**
 * Agents that keep their identity once they have started: they report over one connection, as one run, or through a process
 * of their own.
 */
const UNRENEWABLE: ReadonlySet<string> = new Set([
  'dd-trace',
  'newrelic',
  'elastic-apm-node',
  '@appsignal/nodejs',
  'appdynamics',
  'applicationinsights',
  'skywalking-backend-js',
  '@contrast/agent',
  '@dynatrace/oneagent',
  '@google-cloud/trace-agent',
  '@instana/core',
]);

/** Loading one of these files starts such an agent. */
const STARTS =
  /\/node_modules\/(?:newrelic\/|appdynamics\/|@contrast\/agent\/|@dynatrace\/oneagent\/|elastic-apm-node\/start\b|dd-trace\/(?:init|ci\/init))/;

/** The agent that loading this starts, where each worker has to start it for itself. */
export function startedBy(url: string | undefined): string | undefined {
  return url !== undefined && STARTS.test(url) ? packageName(url) : undefined;
}

/** The agent that a file belongs to, where no copy can renew it once it has started. */
export function unrenewableAgent(file: string): string | undefined {
  const name = nameOf(packageDirectory(file));
  if (name === undefined || !UNRENEWABLE.has(name)) return undefined;
  // It patches modules from the moment it is loaded, but reports only once it is initialized.
  return name === 'dd-trace' && !datadogIsStarted() ? undefined : name;
}

function datadogIsStarted(): boolean {
  const { _ddtrace: tracer } = globalThis as { _ddtrace?: { _tracer?: { _config?: unknown } } };
  return tracer?._tracer?._config !== undefined;
}

/** Whether each worker gives the agent of this package an identity of its own: see sameness/agents. */
export function isRenewed(name: string): boolean {
  return /^@(?:opentelemetry|sentry)\//.test(name);
}

/** Whether the mold may start it. */
export function isRenewable({ name }: { readonly name: string }): boolean {
  return !UNRENEWABLE.has(name);
}

/** Whether agents patch modules with this file, by its path. */
export function isMachinery(file: string): boolean {
  const name = nameOf(packageDirectory(file));
  if (name === undefined) return false;
  if (MACHINERY.has(name) || SELF_CONTAINED.has(name)) return true;
  // Some agents carry a copy.
  return /\/(?:@apm-js-collab|require-in-the-middle|import-in-the-middle)\//.test(file);
}

/** Not peerDependencies: the application brings those. */
const KINDS = ['dependencies', 'optionalDependencies'] as const;

const known = new Map<string, boolean>();

/**
 * Whether a module belongs to an agent, as far as package.json files say. Loads nothing.
 *
 * @param url of a module in a package
 */
export function isAgent(url: string | undefined): boolean {
  if (!url?.startsWith('file:') || packageName(url) === undefined) return false;
  const directory = packageDirectory(fileURLToPath(url));
  return directory !== undefined && isAgentIn(realPath(directory) ?? directory);
}

function isAgentIn(directory: string): boolean {
  const before = known.get(directory);
  if (before !== undefined) return before;
  // Packages may depend on each other in a circle.
  known.set(directory, false);
  const result = isMachinery(`${directory}/`) || dependenciesOf(directory, KINDS).some(isAgentIn);
  known.set(directory, result);
  return result;
}

function nameOf(directory: string | undefined): string | undefined {
  return directory?.slice(directory.lastIndexOf('/node_modules/') + '/node_modules/'.length);
}
