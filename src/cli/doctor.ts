import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { decide, decideFor } from '../boot/decision.ts';
import { whyNoFork } from '../boot/mode.ts';
import { resolveModules } from '../boot/modules.ts';
import { foreseePreloading } from '../boot/preloading.ts';
import { isSafe } from '../doctor/advice.ts';
import { conclude } from '../doctor/conclusion.ts';
import { examine } from '../doctor/examination.ts';
import { asJson, asText } from '../doctor/report.ts';
import { givenOptions } from '../process/node-flags.ts';
import { type Invocation, preloadName } from '../protocol/invocation.ts';

interface DoctorOptions {
  /** The values of the -r options. */
  modules: readonly string[];
  json: boolean;
  /** The workers' arguments if they follow "--". */
  rest: readonly string[] | undefined;
}

/**
 * Implements `swarm doctor`: loads what workers would share here, in throw-away processes, and prints what each package
 * costs and the verdict on it.
 *
 * @returns the exit status: 1 if something is not safe or not installed
 * @throws UserError if the swarm could not start
 */
export async function runDoctor(
  { modules: names, json, rest }: DoctorOptions,
  invocation: Invocation,
): Promise<number> {
  const decision = decide();
  const directory = process.cwd();
  const modules = await resolveModules(names, directory);
  // In spawn mode nothing is shared, so examine what fork mode would share.
  const forked =
    decision.mode === 'fork' ? decision : decideFor(decision, decision.machine, { mode: 'fork', reason: undefined });
  const { preload, preloadApp, bootTimeout } = decision.settings;
  const preloading = await foreseePreloading(forked, modules, invocation.preloads.map(preloadName), directory);
  const assignment = {
    modules,
    args: [...names.flatMap((name) => ['-r', name]), ...(rest ? ['--', ...rest] : [])],
    preload,
    preloadApp,
    preloads: invocation.preloads,
    given: givenOptions(),
    bootTimeout,
  };
  const examination = await examine(assignment, {
    directory,
    options: invocation.mold,
    heap: forked.size.heap,
    timeout: bootTimeout,
  });
  const findings = examination.findings.map((row) =>
    row.application ? { ...row, name: shown(row.name, directory) } : row,
  );
  const conclusion = conclude(decision, { ...examination, findings }, whyNoFork());
  const report = {
    conclusion,
    findings,
    modules: modules.map((path) => shown(path, directory)),
    nothing: preloading.reason,
    missing: preloading.missing,
    seesDescriptors: existsSync('/proc/self/fd'),
  };
  if (json) console.log(JSON.stringify(asJson(report), null, 2));
  else console.log(asText(report).join('\n'));
  if (!findings.every(isSafe) || preloading.missing.length > 0) return 1;
  if (conclusion.refusal) throw conclusion.refusal;
  return 0;
}

/** Formats a path as an argument of `-r` in this directory. */
function shown(path: string, directory: string): string {
  const below = relative(directory, path);
  return below.startsWith('..') ? path : `./${below}`;
}
