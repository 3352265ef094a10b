import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Addon, marshal } from './marshalling.ts';
import type { Native } from './native.ts';

/** Other folders import only this module. */
export type { InterruptLine, InterruptListener, Native, SocketFamily } from './native.ts';

/** This machine has no addon, or the addon cannot fork here. The message is a clause that says why. */
export class NoNativeError extends Error {
  override readonly name = 'NoNativeError';
}

let loaded: Native | undefined;

/** @throws NoNativeError */
export function loadNative(): Native {
  loaded ??= marshal(open());
  return loaded;
}

/** For code that works without the addon, but better with it. */
export function optionalNative(): Native | undefined {
  try {
    return loadNative();
  } catch {
    return undefined;
  }
}

function open(): Addon {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw new NoNativeError(`forking needs Linux on x64 or arm64, but this is ${platform} on ${arch}`);
  }
  const path = fileURLToPath(new URL(`linux-${arch}.node`, import.meta.url));
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path) as Addon;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_DLOPEN_DISABLED') {
      const flag = 'permission' in process ? '--allow-addons is not given' : '--no-addons';
      throw new NoNativeError(`this Node may not load addons (${flag})`);
    }
    if (code === 'MODULE_NOT_FOUND') throw new NoNativeError(`the addon was not built for ${platform}-${arch}`);
    // With another libc, such as musl, the loader says what is missing.
    throw new NoNativeError(`the addon cannot be loaded here (${message})`);
  }
  if (addon.unforkable !== undefined) throw new NoNativeError(`this process cannot be copied: ${addon.unforkable}`);
  return addon;
}
