import { installLocked } from '../support/install.js';

/** Runs before these tests. */
export function setup(): Promise<void> {
  return installLocked(import.meta.dirname);
}
