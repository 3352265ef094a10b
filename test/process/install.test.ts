import { cp, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { Swarm } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The package as installed: what is published, with its dependencies and no others, each behind a symlink as with pnpm. */
async function install(): Promise<string> {
  const directory = await temporaryDirectory();
  for (const file of [...manifest.files, 'package.json']) {
    await cp(join(ROOT, file), join(directory, file), { recursive: true });
  }
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(directory, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  return join(directory, 'bin', 'swarm');
}

test.each(['json', 'pretty', 'logfmt'])('the published files run by themselves, with the log as %s', async (format) => {
  const env = { COUNT: '1', SWARM_LOG_FORMAT: format };
  const swarm = new Swarm(['-r', './idle.mjs'], { bin: await install(), env });
  await swarm.until('ready', () => swarm.lines.some((line) => line.includes('is ready')));
  swarm.signal('SIGTERM');
  expect(await swarm.exited).toEqual({ code: 0, signal: null });
});
