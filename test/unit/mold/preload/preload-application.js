/**
 * Preloads with the built code as the mold does, and exits. Its argument is JSON: what to select, the options, and
 * where to write the report. On stdout and stderr is only what packages print.
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { AgentBarrier } from '../../../../dist/mold/agents/barrier.js';
import { selectModules } from '../../../../dist/mold/loads.js';
import { preload } from '../../../../dist/mold/preload/preload.js';
import { survey } from '../../../../dist/mold/selection.js';

const { selection, modules, application, after, except, output, ...options } = JSON.parse(process.argv[2]);
const { exit } = process;
const order = [];
/** The number of loads that had been announced at each garbage collection. */
const collected = [];
const loads = application ? selectModules(modules) : survey(selection, modules, process.cwd()).loads;
const agents = new AgentBarrier({ modules, leaveOut: except ?? [] });
const report = await preload(loads, {
  agents,
  ...options,
  except: new Set(except),
  onPackage: (name) => order.push(name),
  ...(options.collect && { collect: () => collected.push(order.length) }),
});
agents.end();
// Imports a module as a worker does, with the packages in the cache.
const later = after && (await import(pathToFileURL(after).href).then(Object, String));
const listeners = ['uncaughtException', 'unhandledRejection', 'beforeExit', 'worker'].filter((event) =>
  process.listenerCount(event),
);
const unseen = agents.unseen?.names;
const isExitBack = process.exit === exit;
writeFileSync(output, JSON.stringify({ report, order, collected, unseen, later, listeners, isExitBack }));
process.exit(0);
