import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { ASSIGNMENT, FakeLink } from './fake-link.ts';
import { fakeProcess } from './fake-process.ts';
import { freshWorker } from './fresh-worker.ts';

/** Creates a worker that loads modules written for a test. */
export async function loadingWorker() {
  const root = mkdtempSync(join(tmpdir(), 'swarm-worker-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  // In node_modules, because there vitest lets Node load the modules.
  const directory = join(root, 'node_modules', 'application');
  mkdirSync(directory, { recursive: true });
  const fake = fakeProcess();
  const { api, registry, runWorker } = await freshWorker();
  const link = new FakeLink();

  return {
    api,
    registry,
    link,
    fake,
    directory,
    /** Runs the worker with these modules, in order. A module without a source does not exist. */
    async run(modules: Record<string, string | undefined>): Promise<void> {
      for (const [name, source] of Object.entries(modules)) {
        if (source === undefined) continue;
        mkdirSync(dirname(join(directory, name)), { recursive: true });
        writeFileSync(join(directory, name), source);
      }
      await runWorker({ ...ASSIGNMENT, modules: Object.keys(modules).map((name) => join(directory, name)) }, link);
    },
    /** Returns the exports of a module that the worker has run. */
    exportsOf(name: string): Promise<Record<string, unknown>> {
      return import(pathToFileURL(join(directory, name)).href);
    },
    /** Returns the names of the services that will be drained. */
    services(): string[] {
      return registry.services.map(({ name }) => name);
    },
  };
}
