import assert from 'node:assert/strict';
import { createHash, generateKeyPair, pbkdf2, randomBytes, scrypt, sign, verify, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';

export const crypto = {
  async pbkdf2() {
    const derive = promisify(pbkdf2);
    const keys = await Promise.all(Array.from({ length: 16 }, () => derive('password', 'salt', 4096, 20, 'sha1')));
    // RFC 6070, fourth test vector.
    for (const key of keys) assert.equal(key.toString('hex'), '4b007901b765489abead49d926f721d065a429c1');
  },

  async scrypt() {
    const key = await promisify(scrypt)('password', 'NaCl', 64, { N: 1024, r: 8, p: 16 });
    // RFC 7914, second test vector.
    assert.match(key.toString('hex'), /^fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162/);
  },

  async 'WebCrypto digest'() {
    const data = Buffer.alloc(1_000_000, 'digest');
    const digest = await webcrypto.subtle.digest('SHA-256', data);
    assert.equal(Buffer.from(digest).toString('hex'), createHash('sha256').update(data).digest('hex'));
  },

  async 'generateKeyPair, sign, verify'() {
    for (const [type, options, hash] of [
      ['rsa', { modulusLength: 2048 }, 'sha256'],
      ['ec', { namedCurve: 'P-256' }, 'sha256'],
      ['ed25519', {}, null],
    ]) {
      const { privateKey, publicKey } = await promisify(generateKeyPair)(type, options);
      const message = Buffer.from('message');
      const signature = await promisify(sign)(hash, message, privateKey);
      assert.ok(await promisify(verify)(hash, message, publicKey, signature));
      assert.ok(!(await promisify(verify)(hash, Buffer.from('another'), publicKey, signature)));
    }
  },

  async 'randomBytes in the thread pool'() {
    const buffers = await Promise.all(Array.from({ length: 32 }, () => promisify(randomBytes)(64)));
    assert.equal(new Set(buffers.map((buffer) => buffer.toString('hex'))).size, 32);
  },
};
