import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type LoadedSource, moduleInternals } from '../node/module-internals.ts';

const { registerHooks } = moduleInternals;

/** A hashbang must remain the first line. */
const HASHBANG = /^#!.*\n/;

/**
 * Imports the program with `import.meta.main` set, if Node has it. Node itself sets it only for the file that it was
 * started with, so this sets it before the program's first line.
 */
export async function importMain(url: string): Promise<Record<string, unknown>> {
  if (!registerHooks || !('main' in import.meta) || !mentionsMain(url)) return import(url);
  const hooks = registerHooks({
    load(loading, context, next) {
      const loaded = next(loading, context);
      return loading === url && loaded.source ? { ...loaded, source: asMain(textOf(loaded.source)) } : loaded;
    },
  });
  try {
    return await import(url);
  } finally {
    hooks.deregister();
  }
}

function mentionsMain(url: string): boolean {
  try {
    const source = readFileSync(fileURLToPath(url), 'utf8');
    return source.includes('import.meta') && /\bmain\b/.test(source);
  } catch {
    // The import will say why.
    return false;
  }
}

function textOf(source: NonNullable<LoadedSource['source']>): string {
  if (typeof source === 'string') return source;
  return new TextDecoder().decode(source);
}

function asMain(source: string): string {
  const [hashbang = ''] = HASHBANG.exec(source) ?? [];
  return `${hashbang}import.meta.main=true;${source.slice(hashbang.length)}`;
}
