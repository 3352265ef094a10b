import { describe, expect, it } from 'vitest';
import { joinNodeOptions, splitNodeOptions } from '../../../src/protocol/node-options.ts';

describe('NODE_OPTIONS', () => {
  it.each<[text: string, options: string[]]>([
    ['', []],
    ['  --a   --b=1 ', ['--a', '--b=1']],
    ['--require "./my file.js" --c', ['--require', './my file.js', '--c']],
    ['--require="./my \\"file\\".js"', ['--require=./my "file".js']],
    ['--a="x y"z', ['--a=x yz']],
    ['--path=C:\\dir', ['--path=C:\\dir']],
    ['"back\\\\slash"', ['back\\slash']],
  ])('%j is split into %j', (text, options) => {
    expect(splitNodeOptions(text)).toEqual(options);
    expect(splitNodeOptions(joinNodeOptions(options))).toEqual(options);
  });
});
