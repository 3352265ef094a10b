import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/**
 * Finds the command of a process type in the application's Procfile.
 *
 * @throws Error if there is none
 */
export function procfileCommand(app, processType) {
  const file = join(app, 'Procfile');
  const lines = read(file).matchAll(/^([\w-]+):\s*(\S.*?)\s*$/gm);
  const commands = Object.fromEntries([...lines].map(([, name, command]) => [name, command]));
  if (Object.hasOwn(commands, processType)) return commands[processType];
  const names = Object.keys(commands).join(', ') || 'none';
  throw new Error(
    `${file} has no process type "${processType}", only: ${names}. Name one of these, or give a command.`,
  );
}

/** Reads config vars from a file of NAME=value lines, such as .env. */
export function configVars(file) {
  return parseEnv(read(file));
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error.message}`);
  }
}
