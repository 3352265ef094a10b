import { runInThisContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import { currentStack } from '../../../src/worker/stack.ts';

const { stackTraceLimit, prepareStackTrace } = Error;

afterEach(() => {
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
});

/** What it says in a function of the application, which is not where this test is. */
function stackIn(source: string): string {
  const application: (say: () => string) => string = runInThisContext(source, { filename: '/app/jobs.js' });
  return application(currentStack);
}

describe('the stack', () => {
  it('has the functions of the application, the innermost first, and where they are', () => {
    expect(stackIn('(function work(say) {\n  return (function spin() { return say(); })();\n})')).toMatch(
      /^spin \(\/app\/jobs\.js:2:\d+\) < work \(\/app\/jobs\.js:2:\d+\)/,
    );
  });

  it('has neither frames of Node nor of swarm', () => {
    expect(stackIn('(say) => say()')).not.toMatch(/node:|src\/worker/);
  });

  it('has paths, not addresses', () => {
    const application: (say: () => string) => string = runInThisContext('(say) => say()', {
      filename: 'file:///app/a.js',
    });

    expect(application(currentStack)).toMatch(/^\/app\/a\.js:1:\d+/);
  });

  it('is cut where it is too long for a line of the log', () => {
    const deep = (name: string) =>
      `(function ${name}(say, depth = 0) { return depth < 30 ? ${name}(say, depth + 1) : say(); })`;

    expect(stackIn(deep('short')).split(' < ')).toEqual([...Array(16).fill(expect.stringMatching(/^short \(/)), '…']);
    expect(stackIn(deep('long'.repeat(50)))).toMatch(/^(?:long)+ .* < …$/);
    expect(stackIn(deep('long'.repeat(50))).length).toBeLessThan(1510);
  });

  it.each<[what: string, change: () => void]>([
    ['writes stacks its own way', () => Object.assign(Error, { prepareStackTrace: () => ['nothing'] })],
    [
      'fails to write stacks',
      () =>
        Object.assign(Error, {
          prepareStackTrace: () => {
            throw new Error('no');
          },
        }),
    ],
    ['wants none', () => Object.assign(Error, { stackTraceLimit: 0 })],
  ])('is there although the application %s, which stays as it was', (_what, change) => {
    change();
    const { stackTraceLimit, prepareStackTrace } = Error;

    expect(stackIn('(function work(say) { return say(); })')).toMatch(/^work \(\/app\/jobs\.js:1:\d+\)/);
    expect([Error.stackTraceLimit, Error.prepareStackTrace]).toEqual([stackTraceLimit, prepareStackTrace]);
  });
});
