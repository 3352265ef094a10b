import { relative } from 'node:path';
import { packageName } from '../../loading/owner.ts';
import type { SkipReason } from '../barrier.ts';
import type { Load } from '../preload/load.ts';
import { isPreload } from '../preload/node-preloads.ts';
import { isRenewable } from './agents.ts';

/** Maximum number of packages named in a sentence. */
const SHOWN = 3;

/**
 * Explains why swarm skips what follows an agent, and how to have it shared.
 *
 * @param agent the package, or the file that starts it
 * @param modules absolute paths of the `-r` modules
 */
export function skipAfter(agent: Load, modules: readonly string[]): SkipReason {
  const file = fileOf(agent);
  const name = agent.starts ?? agent.name;
  const { fact, effect } = whatIsKnown(agent, file);
  if (agent.starts !== undefined || !isRenewable(agent)) {
    const first = isPreload(agent) ? 'start it in the application instead and ' : '';
    const remedy = `To share packages that ${name} does not instrument, ${first}name them in SWARM_PRELOAD`;
    return { reason: `${fact}, ${effect} and reports for one process`, remedy };
  }
  if (file === agent.name) return { reason: `${fact}, ${effect}`, remedy: 'To share them, start the agent there' };
  const isSetup = file !== undefined && !modules.some((module) => pathOf(module) === file);
  const how = isSetup ? 'set' : 'start it in a file of its own and set';
  const remedy = `To share them, ${how} SWARM_PRELOAD=${isSetup ? file : './instrument.js'},auto`;
  return { reason: `${fact}, ${effect}`, remedy };
}

/** Most agents are started by a call, and no file says whether that call is ever made. */
function whatIsKnown(agent: Load, file: string | undefined): { fact: string; effect: string } {
  const subject = file ?? 'the application';
  const name = agent.starts ?? (file === agent.name ? 'an agent' : agent.name);
  if (agent.starts === undefined && !agent.isUncertain)
    return { fact: `${subject} loads ${name}`, effect: 'which may instrument what is loaded after it' };
  const starts = agent.isUncertain ? 'may start' : 'starts';
  return { fact: `${subject} ${starts} ${name}`, effect: 'which instruments what is loaded after it' };
}

/** Says which packages are shared although an agent starts only after the fork. */
export function aboutUnseen(agent: Load, names: readonly string[]): string {
  const name = agent.starts ?? agent.name;
  const packages = names.length === 1 ? `${names[0]} is` : `${names.length} packages (${listed(names)}) are`;
  const starts =
    agent.starts === undefined ? 'may start later, in each worker, and' : 'starts later, in each worker, and may';
  const fact = `${packages} shared as asked, but ${name} ${starts} not instrument them`;
  return `${fact}. Put the file that starts ${name} first in SWARM_PRELOAD, or set SWARM_PRELOAD=auto`;
}

/** "a, b, c, …" */
export function listed(names: readonly string[]): string {
  return `${names.slice(0, SHOWN).join(', ')}${names.length > SHOWN ? ', …' : ''}`;
}

/** Returns the application file that starts the agent; undefined if only package.json names it. */
function fileOf(agent: Load): string | undefined {
  if (isPreload(agent)) return agent.name;
  if (agent.url !== undefined && packageName(agent.url) === undefined) return agent.name;
  return agent.from.endsWith('/package.json') ? undefined : pathOf(agent.from);
}

function pathOf(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('.') ? below : `./${below}`;
}
