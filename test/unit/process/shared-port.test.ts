import { describe, expect, it } from 'vitest';
import { sharedPort } from '../../../src/process/shared-port.ts';

describe('PORT', () => {
  it.each(['3000', '1', '65535'])('can be the port that workers share: %s', (text) => {
    expect(sharedPort(text, undefined)?.inheritedAt(4)).toEqual({ port: Number(text), sockets: [] });
  });

  it.each(['/run/web.sock', './web.sock', 'abc', '@web'])('can be the path of a Unix socket: %s', (text) => {
    expect(sharedPort(text, undefined)?.inheritedAt(4)).toEqual({ port: text, sockets: [] });
  });

  it.each([undefined, '', '0', '65536', '-1', '30.5'])('is not shared: %s', (text) => {
    expect(sharedPort(text, undefined)).toBeUndefined();
  });
});
