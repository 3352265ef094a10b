import type { Server } from 'node:net';
import { nameOf, type Service } from './service.ts';

type Close = (closed: () => void) => void;

/** It refuses new connections from its quiet on, and has stopped when the last one has ended. */
export function netServer(value: Server, close: Close = (closed) => value.close(closed)): Service {
  let closed: Promise<void> | undefined;
  const closeOnce = () => {
    // An error would mean that it was not listening: it is closed. It may have been told to listen again.
    if (!closed || value.listening) closed = new Promise((resolve) => close(() => resolve()));
    return closed;
  };
  return { name: nameOf(value), takesWork: true, quiet: () => void closeOnce(), stop: closeOnce };
}
