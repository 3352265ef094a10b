import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { has } from '../support/needs.ts';
import { BIN } from '../support/swarm.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { UNIT } from './systemd.ts';

const analyzes = has('systemd-analyze', 'checks of the example unit by systemd');

/** Runs systemd-analyze on the example. The program in ExecStart= must exist. */
async function analyze(...args: string[]): Promise<{ status: number | null; output: string }> {
  const path = join(await temporaryDirectory(), 'swarm.service');
  const unit = await readFile(UNIT, 'utf8');
  await writeFile(path, unit.replace(/^ExecStart=\S+/m, `ExecStart=${BIN}`));
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, path], { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test.runIf(analyzes)('systemd-analyze finds no fault with the example unit', async () => {
  expect(await analyze('verify', '--man=no', '--recursive-errors=no')).toEqual({ status: 0, output: '' });
});

test.runIf(analyzes)('systemd-analyze rates the exposure of the example unit at most 2.5 of 10', async () => {
  const { status, output } = await analyze('security', '--offline=true', '--threshold=25', '--no-pager');
  expect(status, output).toBe(0);
});
