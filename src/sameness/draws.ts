import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { isAnyArrayBuffer } from 'node:util/types';

type Anything = (...args: unknown[]) => unknown;

/**
 * Told of what others draw.
 *
 * @param by the function that was called: who called it is to be seen on the stack above
 * @returns what to tell of the bytes that are filled, if any are, as soon as they are
 */
export type Listener = (call: string, by: Anything) => ((bytes: Uint8Array) => void) | undefined;

const CALLS = ['randomInt', 'randomUUID', 'randomUUIDv7'] as const;
const FILLING_CALLS = ['randomBytes', 'randomFill', 'randomFillSync'] as const;
/** A key, or a prime, is as secret as what it is made of. But its bytes are not any bytes. */
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
 * Has a listener told of all that JavaScript draws from crypto, and of who reads process.pid, until the function that
 * this returns is called. Packages may keep a replaced function for good: from then on it only passes on.
 */
export function listen(to: Listener): () => void {
  let listener: Listener | undefined;
  const restorers: (() => void)[] = [];

  function watch(object: object, key: string, name: string): void {
    const original = Reflect.get(object, key) as Anything | undefined;
    // Only some versions of Node have it.
    if (!original) return;
    replace(object, key, original, function call(this: unknown, ...args: unknown[]): unknown {
      listener?.(name, call);
      return Reflect.apply(original, this, args);
    });
  }

  /** What is filled is what it returns, or gives to a callback. */
  function watchFilling(object: object, key: string, name: string): void {
    const original = Reflect.get(object, key) as Anything;
    replace(object, key, original, function call(this: unknown, ...args: unknown[]): unknown {
      const filled = listener?.(name, call);
      if (!filled) return Reflect.apply(original, this, args);
      const tell = (result: unknown) => {
        const bytes = bytesOf(result, args[1], args[2]);
        if (bytes) filled(bytes);
      };
      const callback = args.at(-1);
      if (typeof callback === 'function') {
        args[args.length - 1] = function (this: unknown, ...results: unknown[]) {
          tell(results[1]);
          return Reflect.apply(callback, this, results);
        };
        return Reflect.apply(original, this, args);
      }
      const result = Reflect.apply(original, this, args);
      tell(result);
      return result;
    });
  }

  function replace(object: object, key: string, original: Anything, call: Anything): void {
    Object.defineProperties(call, Object.getOwnPropertyDescriptors(original));
    put(object, key, { ...Object.getOwnPropertyDescriptor(object, key), value: call });
  }

  /** For as long as there is a listener, unless somebody else replaces it as well. */
  function put(object: object, key: string, descriptor: PropertyDescriptor): void {
    const original = Object.getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    Object.defineProperty(object, key, descriptor);
    restorers.push(() => {
      const { value, get } = Object.getOwnPropertyDescriptor(object, key) ?? {};
      if (value === descriptor.value && get === descriptor.get) Object.defineProperty(object, key, original);
    });
  }

  for (const name of FILLING_CALLS) watchFilling(crypto, name, `crypto.${name}`);
  for (const name of [...CALLS, ...MAKING_CALLS]) watch(crypto, name, `crypto.${name}`);
  const alias = { value: crypto.randomBytes, enumerable: false, configurable: true, writable: true };
  for (const name of ALIASES) put(crypto, name, alias);
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
  put(process, 'pid', { get: getPid, enumerable: true, configurable: true });
  // For those who import them by name. It looks at all of them, the pid too.
  syncBuiltinESMExports();
  listener = to;

  return () => {
    listener = undefined;
    for (const restore of restorers) restore();
    syncBuiltinESMExports();
  };
}

/** The bytes of a buffer, from an offset and in a size that are given in elements, as to crypto.randomFill(). */
function bytesOf(buffer: unknown, offset: unknown, size: unknown): Uint8Array | undefined {
  if (isAnyArrayBuffer(buffer)) return bytesOf(new Uint8Array(buffer), offset, size);
  if (!ArrayBuffer.isView(buffer)) return undefined;
  const width = 'BYTES_PER_ELEMENT' in buffer ? Number(buffer.BYTES_PER_ELEMENT) : 1;
  const start = typeof offset === 'number' ? offset * width : 0;
  const length = typeof size === 'number' ? size * width : buffer.byteLength - start;
  return new Uint8Array(buffer.buffer, buffer.byteOffset + start, length);
}
