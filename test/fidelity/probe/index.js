import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { arch } = process;

/** Builds it, where there is a compiler. Elsewhere what was built before is used, if it is there. */
export function buildProbe() {
  const { status } = spawnSync('make', ['--silent', `--directory=${fileURLToPath(new URL('.', import.meta.url))}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return status === 0;
}

/** probe.h says what it can; undefined when it is not there. One that cannot be loaded is an error: it would prove nothing. */
export function loadProbe() {
  try {
    return createRequire(import.meta.url)(`./build/linux-${arch}.node`);
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
