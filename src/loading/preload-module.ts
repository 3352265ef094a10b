import { constants, Script } from 'node:vm';
import { moduleInternals } from '../node/module-internals.ts';
import { silently } from '../node/silently.ts';

/** Since Node 20.12; not in the types of Node 20. */
const { USE_MAIN_CONTEXT_DEFAULT_LOADER } = constants as unknown as { USE_MAIN_CONTEXT_DEFAULT_LOADER: never };

/**
 * Loads a module that Node would have loaded before the program, with the semantics of the option. `--require` resolves
 * from the working directory, and `module.isPreloading` is true during it. `--import` resolves against the working
 * directory as well, through the hooks that are registered by now.
 */
export async function preloadModule(option: 'require' | 'import', module: string): Promise<void> {
  if (option === 'require') moduleInternals._preloadModules([module]);
  else await importFromDirectory(module);
}

/**
 * A script without a name imports as from the working directory. Hooks would see the name of any other script as the
 * parent.
 */
function importFromDirectory(specifier: string): Promise<unknown> {
  const source = `import(${JSON.stringify(specifier)})`;
  // This is experimental, and warns. The imported code runs later, and its warnings are shown.
  return silently(() => {
    const script = new Script(source, { importModuleDynamically: USE_MAIN_CONTEXT_DEFAULT_LOADER });
    return script.runInThisContext() as Promise<unknown>;
  });
}
