import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { arch } = process;

/** Builds the probe if there is a compiler. Otherwise loadProbe() uses an earlier build, if one exists. */
export function buildProbe() {
  const { status } = spawnSync('make', ['--silent', `--directory=${fileURLToPath(new URL('.', import.meta.url))}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

/** Loads the probe, see probe.h. Returns undefined if it is not built. Failing to load an existing one is an error. */
export function loadProbe() {
  try {
    return createRequire(import.meta.url)(`./build/linux-${arch}.node`);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
