import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

const { dependencies, devDependencies } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8'));

/** Describes what the figures depend on besides the options. */
export function describeMachine(node) {
  const { version, arch, versions } = JSON.parse(
    execFileSync(node, ['-p', 'JSON.stringify({ ...process, version: process.version })'], { encoding: 'utf8' }),
  );
  return {
    date: new Date().toISOString(),
    node: version,
    v8: versions.v8,
    arch,
    kernel: release(),
    processor: cpus()[0]?.model,
    cores: availableParallelism(),
    memory: totalmem(),
    packages: dependencies,
    contenders: devDependencies,
  };
}
