import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { PreloadReport } from '../../../../src/mold/preload/report.ts';
import type { Selection } from '../../../../src/protocol/assignment.ts';
import { application, type Files } from '../../../support/application.ts';
import { inheritedEnvironment } from '../../../support/processes.ts';

const PRELOAD = fileURLToPath(new URL('preload-application.js', import.meta.url));

interface Job {
  selection?: Selection;
  /** The -r modules. */
  modules?: readonly string[];
  /** Whether to preload the -r modules themselves. */
  application?: boolean;
  except?: string[];
  timeout?: number;
  collect?: boolean;
  /** A module to import afterwards. */
  after?: string;
}

interface Result {
  report: PreloadReport;
  /** The loads that were announced. */
  order: string[];
  /** The number of loads that had been announced at each garbage collection. */
  collected: number[];
  /** Packages that were loaded although an agent should come first. */
  unseen?: string[];
  /** The exports of the module that was imported afterwards, or its error. */
  later: unknown;
  /** Process events that have listeners afterwards. */
  listeners: string[];
  isExitBack: boolean;
  output: string;
}

/** Writes an application and preloads it in a separate process. */
export async function preloaded(files: Files, job: Job): Promise<Result> {
  const directory = await application(files);
  const inside = (path: string) => join(directory, path);
  const report = inside('report.json');
  const argument = {
    ...job,
    modules: job.modules?.map(inside) ?? [],
    after: job.after && inside(job.after),
    output: report,
  };
  const { all } = await execa(process.execPath, [PRELOAD, JSON.stringify(argument)], {
    cwd: directory,
    env: inheritedEnvironment(),
    extendEnv: false,
    stdin: 'ignore',
    all: true,
  });
  return { ...JSON.parse(readFileSync(report, 'utf8')), output: all };
}
