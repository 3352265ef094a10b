import { afterEach, describe, expect, it, vi } from 'vitest';
import { Trap } from '../../../src/mold/trap.ts';

afterEach(() => void vi.restoreAllMocks());

describe('process.exit, as a module has it that was loaded meanwhile', () => {
  it('throws while modules are loaded', async () => {
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const trap = new Trap();

    const [error] = await trap.run(async () => process.exit(3), 1000);

    trap.release();
    expect(error).toEqual(new Error('it called process.exit(3)'));
    expect(exit).not.toHaveBeenCalled();
  });

  it.each([[[]], [[3]], [[undefined]]])('is called later as if it were the original: with %j', (args) => {
    // Without an argument, process.exitCode stays; `undefined` would undo it.
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const trap = new Trap();
    const kept = process.exit;
    trap.release();

    expect(() => kept(...(args as [number]))).toThrow();

    expect(exit.mock.calls).toEqual([args]);
  });
});
