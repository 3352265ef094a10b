import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../src/cli/program.ts';
import { UsageError } from '../../../src/config/errors.ts';

const REFUSED = [
  ['-i', '--index', /INDEX/],
  ['-d', '--daemon', /foreground.*Heroku, systemd/],
  ['-L', '--logfile', /stdout/],
  ['-P', '--pidfile', /knows its pid/],
] as const;

describe.each(REFUSED)('%s, %s', (short, long, advice) => {
  it.each<[form: string, args: string[]]>([
    ['short', [short]],
    ['short, with a value', [short, '3']],
    ['short, with a value attached', [`${short}3`]],
    ['long', [long]],
    ['long, with a value', [long, '3']],
    ['long, with = and a value', [`${long}=3`]],
  ])('is rejected (%s) with the reason and an alternative', async (_form, args) => {
    for (const line of [
      ['-r', 'x', ...args],
      [...args, '-r', 'x'],
      ['-r', 'x', '--queue', 'mail', ...args],
    ]) {
      const refusal: unknown = await parseCommandLine(line).catch((error: unknown) => error);

      expect(refusal).toBeInstanceOf(UsageError);
      expect(refusal).toHaveProperty('status', 64);
      const { message } = refusal as UsageError;
      expect(message).toContain(`${short}, ${long} is not supported`);
      expect(message).toMatch(advice);
      expect(message).toContain('put it after "--"');
    }
  });

  it('belongs to the workers after "--"', async () => {
    for (const args of [[short], [long], [`${long}=3`], [short, '3']]) {
      expect(await parseCommandLine(['-r', 'x', '--', ...args])).toEqual({ name: 'run', modules: ['x'] });
    }
  });
});
