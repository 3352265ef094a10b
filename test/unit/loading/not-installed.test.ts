import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { adviseOnMissing, isListed } from '../../../src/loading/not-installed.ts';
import { application } from '../../support/application.ts';

const MANIFEST = {
  dependencies: { pg: '*' },
  optionalDependencies: { sharp: '*' },
  peerDependencies: { '@acme/mail': '*' },
  devDependencies: { lodash: '*' },
};

async function advise(specifier: string, file = 'lib/jobs.js'): Promise<string | undefined> {
  const directory = await application({
    'package.json': MANIFEST,
    'node_modules/there/index.js': '',
    'lib/jobs.js': '',
  });
  return adviseOnMissing(specifier, join(directory, file));
}

describe('a package that is not installed', () => {
  it.each([
    ['lodash', /^lodash is not installed: package\.json has it in "devDependencies", .* Move it to "dependencies"$/],
    ['lodash/get', /^lodash is not installed: .*devDependencies/],
    ['pg', /^pg is not installed, although package\.json has it in "dependencies": run npm install$/],
    ['sharp', /^sharp is not installed, although/],
    ['@acme/mail/send', /^@acme\/mail is not installed, although/],
    ['zod', /^zod is not installed, and package\.json does not name it: run npm install zod$/],
  ])('is reported with a cause and a remedy: %s', async (specifier, sentence) => {
    expect(await advise(specifier)).toMatch(sentence);
  });

  it('is searched for in each package.json above the file', async () => {
    const directory = await application({
      'package.json': MANIFEST,
      'dist/package.json': { type: 'module' },
      'web/package.json': 'null',
    });
    const sentence = /^lodash is not installed: package\.json has it in "devDependencies"/;
    expect(adviseOnMissing('lodash', join(directory, 'dist/jobs.js'))).toMatch(sentence);
    expect(adviseOnMissing('lodash', join(directory, 'web/jobs.js'))).toMatch(sentence);
  });

  it('is also reported without a package.json', () => {
    expect(adviseOnMissing('zod', '/nowhere/jobs.js')).toMatch(/run npm install zod$/);
  });
});

it.each([
  'there',
  'there/lib/a.js',
  'node:fs',
  'fs',
  './lib.js',
  '/lib.js',
  '#lib',
  'file:///lib.js',
  'data:text/javascript,0',
])('nothing is reported on %s', async (specifier) => {
  expect(await advise(specifier)).toBeUndefined();
});

it('a package counts as listed in any section of package.json', async () => {
  const file = join(await application({ 'package.json': MANIFEST }), 'jobs.js');
  const names = ['pg', 'lodash/get', 'sharp', '@acme/mail', 'zod', './pg'];
  expect(names.filter((name) => isListed(name, file))).toEqual(['pg', 'lodash/get', 'sharp', '@acme/mail']);
});
