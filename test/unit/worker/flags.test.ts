import { setFlagsFromString } from 'node:v8';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { setWorkerFlags } from '../../../src/worker/flags.ts';

vi.mock('node:v8', () => ({ setFlagsFromString: vi.fn() }));

const { execArgv, versions } = process;

function flagsOn(v8: string, { frugal = true, given = [] as string[] } = {}): string[] {
  vi.stubGlobal('process', { ...process, versions: { ...versions, v8 }, execArgv: given });
  setWorkerFlags({ frugal });
  return vi.mocked(setFlagsFromString).mock.calls.map(([flag]) => flag);
}

beforeEach(() => void vi.mocked(setFlagsFromString).mockClear());
afterEach(() => void vi.unstubAllGlobals());

it('an idle worker collects garbage, and V8 returns unused pages if memory is short', () => {
  expect(flagsOn('13.6.233.17-node.53')).toEqual(['--memory-reducer', '--memory-saver-mode']);
});

it('V8 keeps unused pages if there is plenty of memory', () => {
  expect(flagsOn('13.6.233.17-node.53', { frugal: false })).toEqual(['--memory-reducer']);
});

it('an older V8 gets no flag that it does not have', () => {
  expect(flagsOn('12.4.254.21-node.57')).toEqual(['--memory-reducer']);
});

it.each([
  ['--no-memory-reducer', '--memory-saver-mode'],
  ['--memory_saver_mode', '--memory-reducer'],
  ['--no-memory-saver-mode', '--memory-reducer'],
])("the user's flag is left unchanged: %s", (given, left) => {
  expect(flagsOn('14.6.202.34-node.40', { given: [...execArgv, given] })).toEqual([left]);
});
