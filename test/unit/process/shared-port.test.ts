import { describe, expect, it } from 'vitest';
import { sharedPort } from '../../../src/process/shared-port.ts';

describe('what PORT says', () => {
  it.each(['3000', '1', '65535'])('is the port that workers share: %s', (text) => {
    expect(sharedPort(text, undefined)?.inheritedAt(4)).toEqual({ port: Number(text), sockets: [] });
  });

  it.each(['/run/web.sock', './web.sock', 'abc', '@web'])('is the path of a Unix socket: %s', (text) => {
    expect(sharedPort(text, undefined)?.inheritedAt(4)).toEqual({ port: text, sockets: [] });
  });

  it.each([undefined, '', '0', '65536', '-1', '30.5'])('is none: %s', (text) => {
    expect(sharedPort(text, undefined)).toBeUndefined();
  });
});
