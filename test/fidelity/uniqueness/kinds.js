// What must differ between workers: numbers and ids from Node (node.js), and ids, tokens, secrets and seeds from
// packages (packages.js).
import { node } from './node.js';
import { packages } from './packages.js';

/**
 * A kind of id.
 *
 * @typedef {object} Kind
 * @property {string} [from] how to load its package, as in "import uuid" or "require uid/secure"
 * @property {(exports: any) => () => any} make makes a function that draws one, from the package's exports
 * @property {'always' | 'used'} [shared] when all copies of a process would draw the same without renewal: always, or
 *   only after a use before the fork. Absent: never; the test checks that renewal breaks nothing
 * @property {number} [count] the number of draws in each copy, if it differs from the default
 * @property {true} [unrenewable] whether it cannot be renewed after use. A package that has used it is then not shared
 * @property {true} [byTime] whether it is seeded with the time. Then the test can only require that it is left out
 */

/** @type {ReadonlyMap<string, Kind>} */
export const kinds = new Map(Object.entries({ ...node, ...packages }));
