import { PROCESSES } from './processes.js';
import { SURROUNDINGS } from './surroundings.js';

/**
 * What is done to a swarm. Each step takes back what it has done before it ends; `undo` takes it back however far the step
 * has come.
 *
 * @typedef {object} Step
 * @property {number} weight how often it comes, against the others
 * @property {(instance: import('../instance.js').Instance) => boolean} [applies] it can be done to this instance
 * @property {(instance: import('../instance.js').Instance, random: () => number) =>
 *   { text: string, act: () => Promise<unknown>, undo?: () => void }} plan draws its numbers, all at once
 *
 * @type {Record<string, Step>}
 */
export const STEPS = { ...PROCESSES, ...SURROUNDINGS };
