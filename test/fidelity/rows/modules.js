import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Absent } from './absent.js';

export const modules = {
  async 'dynamic import of ESM'({ directory }) {
    await writeFile(join(directory, 'dependency.mjs'), 'export const answer = await Promise.resolve(42);');
    await writeFile(
      join(directory, 'module.mjs'),
      'export { answer } from "./dependency.mjs"; export const { url } = import.meta;',
    );
    const url = pathToFileURL(join(directory, 'module.mjs')).href;
    assert.deepEqual({ ...(await import(url)) }, { answer: 42, url });
    await assert.rejects(import(`${url}.missing`), { code: 'ERR_MODULE_NOT_FOUND' });
  },

  async require({ directory }) {
    await writeFile(join(directory, 'module.cjs'), 'module.exports = { name: __filename, os: require("node:os") };');
    const require = createRequire(join(directory, 'any.js'));
    assert.equal(require('./module.cjs').name, join(directory, 'module.cjs'));
    assert.equal(require('./module.cjs').os, await import('node:os').then((os) => os.default));
  },

  async 'type stripping'({ directory }) {
    if (!process.features.typescript) throw new Absent('this Node does not run TypeScript');
    await writeFile(
      join(directory, 'module.ts'),
      'interface Answer { n: number }\nexport const answer: Answer = { n: 42 };',
    );
    const { answer } = await import(pathToFileURL(join(directory, 'module.ts')).href);
    assert.deepEqual(answer, { n: 42 });
  },

  async 'node:sqlite'({ directory }) {
    const { DatabaseSync } = await import('node:sqlite').catch(() => {
      throw new Absent('this Node has no node:sqlite');
    });
    const database = new DatabaseSync(join(directory, 'database'));
    database.exec('CREATE TABLE jobs (id INTEGER PRIMARY KEY, payload TEXT)');
    const insert = database.prepare('INSERT INTO jobs (payload) VALUES (?)');
    database.exec('BEGIN');
    for (let i = 0; i < 1000; i++) insert.run(`job ${i}`);
    database.exec('COMMIT');
    const { count, last } = database.prepare('SELECT count(*) AS count, max(id) AS last FROM jobs').get();
    assert.deepEqual([count, last], [1000, 1000]);
    database.close();
  },
};
