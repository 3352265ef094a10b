import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { isOwnCode } from '../../../src/node/own-code.ts';

const OWN = fileURLToPath(new URL('../../../src/worker/main.ts', import.meta.url));

it.each<[what: string, file: string, isOwn: boolean]>([
  ['the path of a module in any folder', OWN, true],
  ['its URL', pathToFileURL(OWN).href, true],
  ['a file outside of src', fileURLToPath(import.meta.url), false],
  ['a built-in module', 'node:internal/modules/cjs/loader', false],
  ['the name of compiled code', 'evalmachine.<anonymous>', false],
])("distinguishes swarm's code from other code: %s", (_what, file, isOwn) => {
  expect(isOwnCode(file)).toBe(isOwn);
});
