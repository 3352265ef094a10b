import { installLocked } from '../support/install.js';

/** Installs the packages before these tests. */
export function setup(): Promise<void> {
  return installLocked(import.meta.dirname);
}
