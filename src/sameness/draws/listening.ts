import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { isAnyArrayBuffer } from 'node:util/types';
import { type Around, Observation } from '../../node/observation.ts';

/**
 * Called for each draw.
 *
 * @param by the function that was called; its caller is above it on the stack
 * @returns a function to call with the bytes as soon as they are filled, or undefined
 */
export type DrawListener = (
  call: string,
  by: (...args: never[]) => unknown,
) => ((bytes: Uint8Array) => void) | undefined;

const CALLS = ['randomInt', 'randomUUID', 'randomUUIDv7'] as const;
const FILLING_CALLS = ['randomBytes', 'randomFill', 'randomFillSync'] as const;
/** Keys and primes are as secret as random bytes, but cannot be refilled. */
const MAKING_CALLS = [
  'generateKey',
  'generateKeySync',
  'generateKeyPair',
  'generateKeyPairSync',
  'generatePrime',
  'generatePrimeSync',
] as const;

/** Other names of randomBytes. */
const ALIASES = ['pseudoRandomBytes', 'prng', 'rng'] as const;

/**
 * Tells a listener what JavaScript draws from crypto, and which code reads process.pid. A package may keep an observed
 * function: after the end, that function only passes calls on.
 *
 * @returns a function that ends the observation
 */
export function listen(to: DrawListener): () => void {
  const observation = new Observation();
  let listener: DrawListener | undefined;

  /** Observes a function if this version of Node has it. */
  function watch(object: object, key: string, name: string): void {
    observation.observe(object, key, (proceed, _self, _args, callee) => {
      listener?.(name, callee);
      return proceed();
    });
  }

  function watchFilling(object: object, key: string, name: string): void {
    observation.observe(object, key, (proceed, _self, args, callee) => {
      const filled = listener?.(name, callee);
      return filled ? tellResult(proceed, args as unknown[], filled) : proceed();
    });
  }

  for (const name of FILLING_CALLS) watchFilling(crypto, name, `crypto.${name}`);
  for (const name of [...CALLS, ...MAKING_CALLS]) watch(crypto, name, `crypto.${name}`);
  const alias = { value: crypto.randomBytes, enumerable: false, configurable: true, writable: true };
  for (const name of ALIASES) observation.put(crypto, name, alias);
  // Behind globalThis.crypto, crypto.webcrypto and crypto.getRandomValues().
  const web = Object.getPrototypeOf(crypto.webcrypto) as object;
  watchFilling(web, 'getRandomValues', 'crypto.getRandomValues');
  watch(web, 'randomUUID', 'crypto.randomUUID');
  watch(Object.getPrototypeOf(crypto.webcrypto.subtle) as object, 'generateKey', 'crypto.subtle.generateKey');
  watch(crypto.ECDH.prototype, 'generateKeys', 'crypto.ECDH.generateKeys');
  for (const { prototype } of [crypto.DiffieHellman, crypto.DiffieHellmanGroup]) {
    watch(prototype, 'generateKeys', 'crypto.DiffieHellman.generateKeys');
  }

  const { pid } = process;
  function getPid() {
    listener?.('process.pid', getPid);
    return pid;
  }
  observation.put(process, 'pid', { get: getPid, enumerable: true, configurable: true });
  // For modules that import these by name. This call reads every property, even the pid, so set the listener after it.
  syncBuiltinESMExports();
  listener = to;

  return () => {
    listener = undefined;
    observation.end();
    syncBuiltinESMExports();
  };
}

/** Passes on the filled bytes. A filling call returns the buffer or passes it to a callback. */
function tellResult(proceed: Parameters<Around>[0], args: unknown[], filled: (bytes: Uint8Array) => void): unknown {
  const tell = (result: unknown) => {
    const bytes = filledPart(result, args[1], args[2]);
    if (bytes) filled(bytes);
  };
  const callback = args.at(-1);
  if (typeof callback !== 'function') {
    const result = proceed();
    tell(result);
    return result;
  }
  args[args.length - 1] = function (this: unknown, ...results: unknown[]) {
    tell(results[1]);
    return Reflect.apply(callback, this, results);
  };
  return proceed();
}

/** Returns the part of a buffer that was filled. Offset and size count elements, as in crypto.randomFill(). */
function filledPart(buffer: unknown, offset: unknown, size: unknown): Uint8Array | undefined {
  if (isAnyArrayBuffer(buffer)) return filledPart(new Uint8Array(buffer), offset, size);
  if (!ArrayBuffer.isView(buffer)) return undefined;
  const width = 'BYTES_PER_ELEMENT' in buffer ? Number(buffer.BYTES_PER_ELEMENT) : 1;
  const start = typeof offset === 'number' ? offset * width : 0;
  const length = typeof size === 'number' ? size * width : buffer.byteLength - start;
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, length);
}
