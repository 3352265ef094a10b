import { describe, expect, it } from 'vitest';
import { isIgnoredDirectory, isSource } from '../../../src/watch/sources.ts';

describe('a change to the application', () => {
  it.each([
    ...['jobs.js', 'jobs.cjs', 'jobs.mjs', 'jobs.jsx', 'jobs.ts', 'jobs.cts', 'jobs.mts', 'jobs.tsx'],
    ...['config.json', 'package.json', 'build/Release/image.node', 'sum.wasm', 'lib/deep/mail.js', 'dist/jobs.js'],
    ...['.env', '.env.local', 'config/.env.development'],
    // Files named like ignored directories.
    ...['tmp.js', 'lib/logs.ts', 'coverage.json'],
  ])('is a change to %s', (path) => {
    expect(isSource(path)).toBe(true);
  });

  it.each([
    ...[
      'README.md',
      'logo.png',
      'views/mail.html',
      'schema.sql',
      'Procfile',
      'js',
      'jobs.js.map',
      'jobs.d.ts',
      'jobs.d.mts',
    ],
    // Temporary files of editors.
    ...['jobs.js~', '.jobs.js.swp', '.#jobs.js', '#jobs.js#', 'jobs.js.tmp', '4913'],
    ...['.eslintrc.js', '.prettierrc.json', '.envrc', '.environment.js'],
    ...['node_modules/pg/index.js', 'lib/node_modules/pg/index.js', '.git/hooks/x.js', '.cache/a/b.json'],
    ...['tmp/a.js', 'temp/a.js', 'log/a.json', 'logs/a.json', 'coverage/lcov.json', '.env/lib/site.js'],
  ])('is not a change to %s', (path) => {
    expect(isSource(path)).toBe(false);
  });
});

describe('a directory', () => {
  it.each(['node_modules', 'lib/node_modules', '.git', '.next/cache', 'tmp', 'log', 'coverage/html', 'a/.b/c'])(
    'is not read: %s',
    (path) => {
      expect(isIgnoredDirectory(path)).toBe(true);
    },
  );

  it.each(['lib', 'dist', 'build', 'src/templates', 'lib/node_modules_of_mine', 'logging'])('is read: %s', (path) => {
    expect(isIgnoredDirectory(path)).toBe(false);
  });
});
