import { fileURLToPath } from 'node:url';
import { packageDirectory, packageName } from '../../loading/owner.ts';
import { dependenciesOf, realPath } from '../dependencies.ts';

/** Packages with which agents patch modules. A direct or transitive dependent of one is an agent or contains one. */
const MACHINERY: ReadonlySet<string> = new Set([
  'require-in-the-middle',
  'import-in-the-middle',
  '@opentelemetry/instrumentation',
  '@apm-js-collab/code-transformer',
  '@apm-js-collab/tracing-hooks',
  '@sentry/server-runtime-injection',
  'diagnostic-channel',
]);

/** Agents that contain their own machinery. */
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
 * Agents whose identity is fixed once they start: they report over one connection, as one run, or through a process of
 * their own.
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

/** Files that start such an agent when they are loaded. */
const STARTS =
  /\/node_modules\/(?:newrelic\/|appdynamics\/|@contrast\/agent\/|@dynatrace\/oneagent\/|elastic-apm-node\/start\b|dd-trace\/(?:init|ci\/init))/;

/** Returns the agent that loading this module starts, if each worker must start it for itself. */
export function startedBy(url: string | undefined): string | undefined {
  return url !== undefined && STARTS.test(url) ? packageName(url) : undefined;
}

/** Returns the agent that a file belongs to, if no copy could renew it now. */
export function unrenewableAgent(file: string): string | undefined {
  const name = nameOf(packageDirectory(file));
  if (name === undefined || !UNRENEWABLE.has(name)) return undefined;
  // dd-trace patches modules as soon as it is loaded, but reports only once it is initialized.
  return name === 'dd-trace' && !datadogIsStarted() ? undefined : name;
}

function datadogIsStarted(): boolean {
  const { _ddtrace: tracer } = globalThis as { _ddtrace?: { _tracer?: { _config?: unknown } } };
  return tracer?._tracer?._config !== undefined;
}

/** Whether each worker gives this package's agent a new identity: see sameness/agents. */
export function isRenewed(name: string): boolean {
  return /^@(?:opentelemetry|sentry)\//.test(name);
}

/** Whether the mold may start this agent. */
export function isRenewable({ name }: { readonly name: string }): boolean {
  return !UNRENEWABLE.has(name);
}

/** Whether agents patch modules with this file, judging by its path. */
export function isMachinery(file: string): boolean {
  const name = nameOf(packageDirectory(file));
  if (name === undefined) return false;
  if (MACHINERY.has(name) || SELF_CONTAINED.has(name)) return true;
  // Some agents bundle a copy.
  return /\/(?:@apm-js-collab|require-in-the-middle|import-in-the-middle)\//.test(file);
}

/** Excludes peerDependencies, which the application provides. */
const KINDS = ['dependencies', 'optionalDependencies'] as const;

const known = new Map<string, boolean>();

/**
 * Whether a module belongs to an agent, according to package.json files. Loads nothing.
 *
 * @param url the URL of a module in a package
 */
export function isAgent(url: string | undefined): boolean {
  if (!url?.startsWith('file:') || packageName(url) === undefined) return false;
  const directory = packageDirectory(fileURLToPath(url));
  return directory !== undefined && isAgentIn(realPath(directory) ?? directory);
}

function isAgentIn(directory: string): boolean {
  const before = known.get(directory);
  if (before !== undefined) return before;
  // Dependencies may be circular.
  known.set(directory, false);
  const result = isMachinery(`${directory}/`) || dependenciesOf(directory, KINDS).some(isAgentIn);
  known.set(directory, result);
  return result;
}

function nameOf(directory: string | undefined): string | undefined {
  return directory?.slice(directory.lastIndexOf('/node_modules/') + '/node_modules/'.length);
}
