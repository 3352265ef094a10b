import * as named from 'node:process';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Trap } from '../../../../src/mold/preload/trap.ts';

afterEach(() => void vi.restoreAllMocks());

describe('process.exit, as a module sees it that is loaded meanwhile', () => {
  it.each([
    ['process.exit', () => process.exit(3)],
    ['imported by name', () => named.exit(3)],
  ])('throws while modules are loaded: %s', async (_what, leave) => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const trap = new Trap(() => undefined);

    const [[error] = []] = await trap.run(async () => leave(), { timeout: 1000, late: 'is late', inVain: 'in vain' });

    trap.release();
    expect(error).toEqual(new Error('it called process.exit(3)'));
    expect(exit).not.toHaveBeenCalled();
    expect(named.exit).toBe(exit);
  });

  it.each([[[]], [[3]], [[undefined]]])('later passes calls on to the original: with %j', (args) => {
    // A call without an argument keeps process.exitCode; `undefined` would override it.
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const trap = new Trap(() => undefined);
    const kept = process.exit;
    trap.release();

    expect(() => kept(...(args as [number]))).toThrow();

    expect(exit.mock.calls).toEqual([args]);
  });
});
