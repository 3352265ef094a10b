import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SlowReader } from '../../support/slow-reader.ts';
import { linesOf, writing } from './writing.ts';

/** More lines than any pipe holds. */
const MANY = 20_000;

/** A pipe that is open at both ends and never read, so it accepts nothing once it is full. */
function unreadPipe(): number {
  const directory = mkdtempSync(join(tmpdir(), 'swarm-log-'));
  const path = join(directory, 'pipe');
  execFileSync('mkfifo', [path]);
  const pipe = openSync(path, 'r+');
  onTestFinished(() => {
    closeSync(pipe);
    rmSync(directory, { recursive: true });
  });
  return pipe;
}

describe('a closed logger', () => {
  it('has written all its lines', async () => {
    expect(await linesOf({ times: MANY })).toHaveLength(MANY);
  });

  it('has written all its lines for a slow reader', async () => {
    const reader = await SlowReader.open();
    const child = spawn(process.execPath, writing({ times: MANY }), { stdio: ['ignore', reader.writer, 'inherit'] });
    closeSync(reader.writer);

    const [text, [code]] = await Promise.all([reader.text(), once(child, 'exit')]);
    expect([text.split('\n').length - 1, code]).toEqual([MANY, 0]);
  });

  it('has nothing to wait for if nothing was written', async () => {
    const { exitCode, stderr } = await execa(process.execPath, writing({ entries: [] }), { input: '' });

    expect([exitCode, stderr]).toEqual([0, 'closed']);
  });

  it('tolerates a reader that has gone, as with `| head`', async () => {
    const child = execa(process.execPath, writing({ times: MANY }), { reject: false, buffer: { stdout: false } });
    const closed = new Promise((resolve) => child.stdout.once('close', resolve));
    child.stdout.destroy();
    await closed;
    child.stdin.end();

    const { exitCode, stderr } = await child;
    expect(stderr).toBe('closed');
    expect(exitCode).toBe(0);
  });

  it.each([
    ['can exit with unread output in a pipe', unreadPipe, ['closed\n', 0, null]],
    ['cannot exit while it writes to an unread socket', () => 'pipe' as const, ['stuck\n', null, 'SIGKILL']],
  ])('reports that the process %s', async (_what, stdout, outcome) => {
    const child = spawn(process.execPath, writing({ times: MANY }), { stdio: ['ignore', stdout(), 'pipe'] });
    onTestFinished(() => {
      child.kill('SIGKILL');
      child.stdout?.destroy();
    });

    const said = child.stderr ? text(child.stderr) : '';
    const exit = await once(child, 'exit');
    expect([await said, ...exit]).toEqual(outcome);
  });
});
