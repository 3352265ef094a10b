import { installLocked } from '../support/install.js';

/** Before these tests. */
export function setup(): Promise<void> {
  return installLocked(import.meta.dirname);
}
