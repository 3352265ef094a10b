import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { isAgent } from '../../../../src/mold/agents/agents.ts';
import { application } from '../../../support/application.ts';

it('an agent is recognized by its transitive dependencies, even if they are links, as with pnpm', async () => {
  const store = 'node_modules/.pnpm';
  const directory = await application({
    [`${store}/agent@1/node_modules/agent/package.json`]: { dependencies: { sdk: '1' } },
    [`${store}/agent@1/node_modules/sdk`]: `-> ${store}/sdk@1/node_modules/sdk`,
    [`${store}/sdk@1/node_modules/sdk/package.json`]: { dependencies: { 'require-in-the-middle': '7' } },
    [`${store}/sdk@1/node_modules/require-in-the-middle`]: `-> ${store}/middle@7/node_modules/require-in-the-middle`,
    [`${store}/middle@7/node_modules/require-in-the-middle/package.json`]: {},
    [`${store}/other@1/node_modules/other/package.json`]: {},
  });
  const isOne = (name: string) =>
    isAgent(pathToFileURL(join(directory, `${store}/${name}@1/node_modules/${name}/index.js`)).href);
  expect([isOne('agent'), isOne('sdk'), isOne('other')]).toEqual([true, true, false]);
});
