import { describe, expect, it } from 'vitest';
import { profilersIn, withoutProfilers } from '../../../src/protocol/profilers.ts';

describe('profilers', () => {
  it.each<[options: string[], profilers: object[], left: string[]]>([
    [['--enable-source-maps'], [], ['--enable-source-maps']],
    [['--cpu-prof'], [{ kind: 'cpu' }], []],
    [['--a', '--cpu-prof', '--cpu-prof-dir', 'x', '--b'], [{ kind: 'cpu', directory: 'x' }], ['--a', '--b']],
    [['--cpu_prof', '--cpu_prof_dir=a=b'], [{ kind: 'cpu', directory: 'a=b' }], []],
    [
      ['--heap-prof-interval=4096', '--heap-prof-name=n', '--heap-prof'],
      [{ kind: 'heap', interval: 4096, name: 'n' }],
      [],
    ],
    [['--cpu-prof', '--heap-prof'], [{ kind: 'cpu' }, { kind: 'heap' }], []],
    [['--cpu-prof', '--no-cpu-prof'], [], []],
    [['--cpu-prof-dir=x'], [], []],
    [['--prof', '--cpu-profile'], [], ['--prof', '--cpu-profile']],
  ])('of %j are %j, and a mold gets %j', (options, profilers, left) => {
    expect(profilersIn(options)).toEqual(profilers);
    expect(withoutProfilers(options)).toEqual(left);
  });
});
