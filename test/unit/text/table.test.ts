import { describe, expect, it } from 'vitest';
import { layOut } from '../../../src/text/table.ts';

const ROWS = [
  ['package', 'MB', 'preload it?'],
  ['pg', '1.3', 'yes'],
  ['@aws-sdk/client-s3', '112.0', ''],
];

describe('a table', () => {
  it('has aligned columns two spaces apart, and no trailing spaces', () => {
    expect(layOut(ROWS, ['left', 'right', 'left'])).toEqual([
      'package                MB  preload it?',
      'pg                    1.3  yes',
      '@aws-sdk/client-s3  112.0',
    ]);
  });

  it('can have a smaller gap and an indent', () => {
    expect(layOut(ROWS.slice(0, 2), ['right', 'left', 'left'], { gap: 1, indent: 2 })).toEqual([
      '  package MB  preload it?',
      '       pg 1.3 yes',
    ]);
  });

  it('keeps its column widths across a blank line', () => {
    expect(layOut([['a', '1'], [], ['memory', '2']], ['left', 'left'], { indent: 2 })).toEqual([
      '  a       1',
      '',
      '  memory  2',
    ]);
  });

  it('has empty cells in a short row', () => {
    expect(layOut([['a', 'b', 'c'], ['d']], ['left', 'left', 'right'])).toEqual(['a  b  c', 'd']);
  });

  it('can be empty', () => {
    expect(layOut([], ['left'])).toEqual([]);
  });
});

describe('a style', () => {
  const rows = [
    ['SLOT', { text: 'ready', style: 'green' } as const],
    ['10', { text: 'up', style: undefined }],
  ];

  it('is left out without colors', () => {
    expect(layOut(rows, ['right', 'right'])).toEqual(['SLOT  ready', '  10     up']);
  });

  it('takes no room', () => {
    expect(layOut(rows, ['right', 'right'], { colored: true })).toEqual([
      'SLOT  \u001b[32mready\u001b[39m',
      '  10     up',
    ]);
  });
});
