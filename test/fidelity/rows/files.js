import assert from 'node:assert/strict';
import { once } from 'node:events';
import { openAsBlob, watch } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

export const files = {
  async 'fs.promises'({ directory }) {
    const names = Array.from({ length: 64 }, (_, number) => `file-${String(number).padStart(2, '0')}`);
    await Promise.all(names.map((name) => writeFile(join(directory, name), name.repeat(1000))));
    assert.deepEqual((await readdir(directory)).sort(), names);
    const contents = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
    assert.deepEqual(
      contents,
      names.map((name) => name.repeat(1000)),
    );
    await Promise.all(names.map((name) => rm(join(directory, name))));
    assert.deepEqual(await readdir(directory), []);
  },

  async 'fs.promises file handle'({ directory }) {
    await mkdir(join(directory, 'a/b'), { recursive: true });
    const handle = await open(join(directory, 'a/b/file'), 'w+');
    await handle.write('0123456789');
    await handle.truncate(5);
    await handle.sync();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(10), 0, 10, 0);
    assert.equal(buffer.toString('latin1', 0, bytesRead), '01234');
    await handle.close();
    assert.equal((await stat(join(directory, 'a/b/file'))).size, 5);
  },

  async 'fs.watch'({ directory }) {
    const watcher = watch(directory);
    const change = once(watcher, 'change');
    await writeFile(join(directory, 'new'), '');
    assert.deepEqual(await change, ['rename', 'new']);
    watcher.close();
  },

  async 'stream pipeline'({ directory }) {
    const path = join(directory, 'file');
    const chunks = Array.from({ length: 200 }, (_, number) => String(number).repeat(5000));
    const file = await open(path, 'w');
    await pipeline(Readable.from(chunks), createGzip(), createGunzip(), file.createWriteStream());
    assert.equal(await readFile(path, 'utf8'), chunks.join(''));
  },

  async Blob({ directory }) {
    await writeFile(join(directory, 'file'), 'from a file');
    const blob = new Blob(['from memory, ', await openAsBlob(join(directory, 'file'))]);
    assert.equal(await blob.text(), 'from memory, from a file');
    const pieces = [];
    for await (const piece of blob.slice(5, 16).stream()) pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString(), 'memory, fro');
  },
};
