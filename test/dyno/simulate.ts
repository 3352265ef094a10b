import { describe, onTestFailed, onTestFinished } from 'vitest';
import { skip } from '../support/needs.ts';
import { FIXTURES, NODE } from '../support/swarm.ts';
import { Dyno } from './dyno.js';
import { cannotSimulate } from './host.js';

const fault = cannotSimulate();
const runs = fault === undefined || skip('simulated dynos', `they cannot run here. ${fault}`);

/** Describes tests that need a simulated dyno. */
export const describeDyno = describe.runIf(runs);

type Options = ConstructorParameters<typeof Dyno>[0];

/** Starts a dyno with test/fixtures as its application. It is destroyed when the test ends. */
export async function simulate(options: Options): Promise<Dyno> {
  const dyno = new Dyno({ app: FIXTURES, node: NODE, ...options });
  onTestFinished(async () => {
    await dyno.destroy();
  });
  onTestFailed(() => console.error(`${dyno.log}`));
  await dyno.start();
  return dyno;
}

/** Runs a command in a new dyno, and returns the lines that it prints. */
export async function run(command: string, options: Partial<Options> = {}): Promise<string[]> {
  const dyno = await simulate({ type: 'standard-1x', command, ...options });
  await dyno.exited;
  return dyno.log.of('app');
}
