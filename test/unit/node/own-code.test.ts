import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { isOwnCode } from '../../../src/node/own-code.ts';

const OWN = fileURLToPath(new URL('../../../src/worker/main.ts', import.meta.url));

it.each<[what: string, file: string, isOwn: boolean]>([
  ['a path of a module of any folder', OWN, true],
  ['its URL', pathToFileURL(OWN).href, true],
  ['a file beside src', fileURLToPath(import.meta.url), false],
  ['a part of Node', 'node:internal/modules/cjs/loader', false],
  ['a name that code was compiled under', 'evalmachine.<anonymous>', false],
])("tells swarm's code from other code: %s", (_what, file, isOwn) => {
  expect(isOwnCode(file)).toBe(isOwn);
});
