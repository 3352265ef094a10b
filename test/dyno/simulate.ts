import { describe, onTestFailed, onTestFinished } from 'vitest';
import { skip } from '../support/needs.ts';
import { FIXTURES, NODE } from '../support/swarm.ts';
import { Dyno } from './dyno.js';
import { cannotSimulate } from './host.js';

const fault = cannotSimulate();
const runs = fault === undefined || skip('simulated dynos', `this is not the place. ${fault}`);

/** For tests that need a simulated dyno. */
export const describeDyno = describe.runIf(runs);

type Options = ConstructorParameters<typeof Dyno>[0];

/** A dyno that has started, with test/fixtures as its application. It is gone when the test is over. */
export async function simulate(options: Options): Promise<Dyno> {
  const dyno = new Dyno({ app: FIXTURES, node: NODE, ...options });
  onTestFinished(async () => {
    await dyno.destroy();
  });
  onTestFailed(() => console.error(`${dyno.log}`));
  await dyno.start();
  return dyno;
}

/** What a command prints in a dyno, which ends with it. */
export async function run(command: string, options: Partial<Options> = {}): Promise<string[]> {
  const dyno = await simulate({ type: 'standard-1x', command, ...options });
  await dyno.exited;
  return dyno.log.of('app');
}
