// What must be different in each worker: Node's own, in node.js, and what packages make that are used for ids, tokens,
// secrets and seeds, in packages.js.
import { node } from './node.js';
import { packages } from './packages.js';

/**
 * A kind of ids.
 *
 * @typedef {object} Kind
 * @property {string} [from] the package that is loaded for it, as in "import uuid" or "require uid/secure"
 * @property {(exports: any) => () => any} make a function that draws one; told what the package exports
 * @property {'always' | 'used'} [shared] when all copies of a process would draw the same if nothing were done about it:
 *   always, or once it was used before the fork. Those without are here for what renewal might break
 * @property {number} [count] of draws in each copy, if not as many as of others
 * @property {true} [unrenewable] it cannot be renewed once it was used: then what has used it is not shared
 * @property {true} [byTime] it is seeded with the time, so that only to be left out can be asked of it
 */

/** @type {ReadonlyMap<string, Kind>} */
export const kinds = new Map(Object.entries({ ...node, ...packages }));
