/**
 * Preloads with the built code as the mold does, and leaves. In its argument, as JSON: what to select, the options, and
 * where to write the report. What it writes to stdout and stderr is the packages'.
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
/** How much had been announced when garbage was collected. */
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
// What a worker does that finds the packages loaded.
const later = after && (await import(pathToFileURL(after).href).then(Object, String));
const listeners = ['uncaughtException', 'unhandledRejection', 'beforeExit', 'worker'].filter((event) =>
  process.listenerCount(event),
);
const unseen = agents.unseen?.names;
const isExitBack = process.exit === exit;
writeFileSync(output, JSON.stringify({ report, order, collected, unseen, later, listeners, isExitBack }));
process.exit(0);
