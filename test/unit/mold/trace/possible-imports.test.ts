import { describe, expect, it } from 'vitest';
import { possibleImports } from '../../../../src/mold/trace/possible-imports.ts';

function found(source: string): string[] {
  return possibleImports(source).map(({ how, specifier }) => `${how} ${specifier}`);
}

describe('what a module may load', () => {
  it('is whatever it imports by a literal name: conditionally, in a function, or later', () => {
    const source = `
if (process.env.NODE_ENV === 'production') require('newrelic');
const start = () => require("./instrument");
await import('./tracing.mjs');
import(\`dd-trace\`).then(() => {});
import('./data.json', { with: { type: 'json' } });`;

    expect(found(source)).toEqual([
      'require newrelic',
      'require ./instrument',
      'import ./tracing.mjs',
      'import dd-trace',
      'import ./data.json',
    ]);
  });

  it('excludes imports in comments, and those without a literal name', () => {
    const source = `
// require('dd-trace').init();
/* import('newrelic') */
 * require('@sentry/node')
run(); // require('elastic-apm-node')
require(name); require(\`./jobs/\${name}\`); required('pg');`;

    expect(found(source)).toEqual([]);
  });
});
