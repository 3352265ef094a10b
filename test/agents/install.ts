import { installLocked } from '../support/install.ts';

/** Before these tests. */
export function setup(): Promise<void> {
  return installLocked(import.meta.dirname, 'the agents of test/agents');
}
