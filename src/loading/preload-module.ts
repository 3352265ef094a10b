import { constants, Script } from 'node:vm';
import { moduleInternals } from '../node/module-internals.ts';
import { silently } from '../node/silently.ts';

/** Since Node 20.12; not in the types of Node 20. */
const { USE_MAIN_CONTEXT_DEFAULT_LOADER } = constants as unknown as { USE_MAIN_CONTEXT_DEFAULT_LOADER: never };

/**
 * Loads a module that Node would have preloaded, with the semantics of the option. Both options resolve from the
 * working directory. `--require` sets `module.isPreloading` meanwhile, and `--import` resolves through the hooks
 * registered so far.
 */
export async function preloadModule(option: 'require' | 'import', module: string): Promise<void> {
  if (option === 'require') moduleInternals._preloadModules([module]);
  else await importFromDirectory(module);
}

/**
 * Imports from the working directory, as a script without a name does. Hooks would see the name of any other script as
 * the parent.
 */
function importFromDirectory(specifier: string): Promise<unknown> {
  const source = `import(${JSON.stringify(specifier)})`;
  // This option is experimental and causes a warning. The imported code runs later, so its own warnings are shown.
  return silently(() => {
    const script = new Script(source, { importModuleDynamically: USE_MAIN_CONTEXT_DEFAULT_LOADER });
    return script.runInThisContext() as Promise<unknown>;
  });
}
