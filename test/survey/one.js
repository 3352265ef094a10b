// Loads one package and prints its draws and suspects, as the last line of its output.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { RandomnessRecording } = await import(new URL('../../dist/sameness/randomness.js', import.meta.url).href);
const { collect } = await import(new URL('../../dist/mold/garbage.js', import.meta.url).href);

const [name, how] = process.argv.slice(2);
const require = createRequire(join(process.cwd(), 'package.json'));
const recording = new RandomnessRecording();
await recording.begin(name);
if (how === 'require') require(name);
else await import(await resolved());
for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
const draws = recording.draws.map(({ call, files }) => ({ call, files }));
const suspects = (await recording.suspects(collect)).map(({ owner, deed }) => ({ who: owner.name, deed }));
process.stdout.write(`\n${JSON.stringify({ draws, suspects })}`, () => process.exit(0));

/** Resolves the package as an ES module in that directory would. */
async function resolved() {
  const { moduleResolve } = await import('import-meta-resolve');
  return moduleResolve(name, pathToFileURL(join(process.cwd(), 'index.js')), new Set(['node', 'import'])).href;
}
