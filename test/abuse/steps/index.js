import { PROCESSES } from './processes.js';
import { SURROUNDINGS } from './surroundings.js';

/**
 * The disturbances of a swarm. Each step ends with `undo`, which reverts it wherever it was interrupted.
 *
 * @typedef {object} Step
 * @property {number} weight its frequency, relative to other steps
 * @property {(instance: import('../instance.js').Instance) => boolean} [applies] whether this instance allows it
 * @property {(instance: import('../instance.js').Instance, random: () => number) =>
 *   { text: string, act: () => Promise<unknown>, undo?: () => void }} plan draws all its numbers
 *
 * @type {Record<string, Step>}
 */
export const STEPS = { ...PROCESSES, ...SURROUNDINGS };
