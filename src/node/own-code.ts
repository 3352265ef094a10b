import { fileURLToPath } from 'node:url';

/** The folder of swarm's own modules. */
export const OWN_CODE = new URL('..', import.meta.url);

export const OWN_PATH = fileURLToPath(OWN_CODE);

/** @param file a path, the URL of a module, or any other name of code */
export function isOwnCode(file: string): boolean {
  return (file.startsWith('file:') ? fileURLToPath(file) : file).startsWith(OWN_PATH);
}
