import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inheritedEnvironment } from '../support/processes.ts';
import { NODE } from '../support/swarm.ts';

/** Runs a script of this folder on the Node under test. Returns its output; the exit status only reports failures. */
export function run(script: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const options = { env: inheritedEnvironment(), maxBuffer: Number.POSITIVE_INFINITY };
  return new Promise((resolve, reject) => {
    execFile(NODE, [path, ...args], options, (error, stdout, stderr) => {
      if (stdout) resolve(stdout);
      else reject(error ?? new Error(`${script} printed nothing but ${stderr}`));
    });
  });
}
