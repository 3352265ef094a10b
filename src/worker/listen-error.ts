import { getSystemErrorMap } from 'node:util';

/** The error that a server emits when it cannot listen: in Node's words, with Node's properties. */
export function listenError(errno: number, address: string, port: number): Error {
  const [code, text] = getSystemErrorMap().get(errno) ?? [`Unknown system error ${errno}`, ''];
  const error = new Error(`listen ${code}: ${text} ${address}:${port}`);
  return Object.assign(error, { code, errno, syscall: 'listen', address, port });
}
