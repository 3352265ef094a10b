import { describe, expect, it } from 'vitest';
import { mainModule } from '../../../src/loading/main-module.ts';

describe('the program among the modules', () => {
  it.each<[modules: string[], program: string]>([
    [['/app/jobs.js'], '/app/jobs.js'],
    [['/app/jobs.js', '/app/more.js'], '/app/jobs.js'],
    [['/app/node_modules/ts-node/register/index.js', '/app/jobs.ts'], '/app/jobs.ts'],
    [['/app/node_modules/a/index.js', '/app/node_modules/b/index.js', '/app/jobs.ts'], '/app/jobs.ts'],
    [['/app/jobs.ts', '/app/node_modules/a/index.js'], '/app/jobs.ts'],
    [['/app/node_modules/serve/main.js'], '/app/node_modules/serve/main.js'],
    [['/app/node_modules/a/index.js', '/app/node_modules/b/index.js'], '/app/node_modules/a/index.js'],
    [['/node_modules/a/index.js', '/lib/jobs.js'], '/lib/jobs.js'],
    [['/app/node_modules_of_old/jobs.js', '/app/more.js'], '/app/node_modules_of_old/jobs.js'],
  ])('of %j is %s', (modules, program) => {
    expect(mainModule(modules, '/app')).toBe(program);
  });

  it('can be in a directory that is itself an installed package', () => {
    const directory = '/usr/lib/node_modules/app';
    const modules = [`${directory}/node_modules/ts-node/register/index.js`, `${directory}/jobs.ts`];
    expect(mainModule(modules, directory)).toBe(modules[1]);
    expect(mainModule(['/usr/lib/node_modules/hook/index.js', `${directory}/jobs.ts`], directory)).toBe(modules[1]);
  });
});
