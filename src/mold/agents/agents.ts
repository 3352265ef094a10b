import { fileURLToPath } from 'node:url';
import { packageDirectory, packageName } from '../../loading/owner.ts';
import { dependenciesOf, realPath } from '../dependencies.ts';

/** What agents patch modules with. A package that depends on one of these, directly or not, is an agent or brings one. */
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
 * Agents that cannot be given another identity once they have started: they speak over one connection, in one run, or by
 * a process of their own.
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

/** The agent that loading this starts, if it must have an identity of its own in each worker. */
export function startedBy(url: string | undefined): string | undefined {
  return url !== undefined && STARTS.test(url) ? packageName(url) : undefined;
}

/** The agent that a file belongs to, if it cannot be renewed once it has started. */
export function unrenewableAgent(file: string): string | undefined {
  const name = nameOf(packageDirectory(file));
  if (name === undefined || !UNRENEWABLE.has(name)) return undefined;
  // It patches what is loaded after it from the beginning, and starts to report only when it is told to.
  return name === 'dd-trace' && !datadogIsStarted() ? undefined : name;
}

function datadogIsStarted(): boolean {
  const { _ddtrace: tracer } = globalThis as { _ddtrace?: { _tracer?: { _config?: unknown } } };
  return tracer?._tracer?._config !== undefined;
}

/** Whether this is a package of an agent to which each worker gives an identity of its own: see sameness/agents. */
export function isRenewed(name: string): boolean {
  return /^@(?:opentelemetry|sentry)\//.test(name);
}

/** Whether it can be started before the fork all the same. */
export function isRenewable({ name }: { readonly name: string }): boolean {
  return !UNRENEWABLE.has(name);
}

/** Whether this file is a part of what agents patch modules with, by its path. */
export function isMachinery(file: string): boolean {
  const name = nameOf(packageDirectory(file));
  if (name === undefined) return false;
  if (MACHINERY.has(name) || SELF_CONTAINED.has(name)) return true;
  // Some have a copy of it in a folder of theirs.
  return /\/(?:@apm-js-collab|require-in-the-middle|import-in-the-middle)\//.test(file);
}

/** Who uses it brings what a package only has as a peer. */
const KINDS = ['dependencies', 'optionalDependencies'] as const;

const known = new Map<string, boolean>();

/**
 * Whether a module belongs to an agent, as far as package.json files tell: nothing is loaded.
 *
 * @param url that of a module of a package
 */
export function isAgent(url: string | undefined): boolean {
  if (!url?.startsWith('file:') || packageName(url) === undefined) return false;
  const directory = packageDirectory(fileURLToPath(url));
  return directory !== undefined && isAgentIn(realPath(directory) ?? directory);
}

function isAgentIn(directory: string): boolean {
  const before = known.get(directory);
  if (before !== undefined) return before;
  // For packages that depend on each other.
  known.set(directory, false);
  const result = isMachinery(`${directory}/`) || dependenciesOf(directory, KINDS).some(isAgentIn);
  known.set(directory, result);
  return result;
}

function nameOf(directory: string | undefined): string | undefined {
  return directory?.slice(directory.lastIndexOf('/node_modules/') + '/node_modules/'.length);
}
