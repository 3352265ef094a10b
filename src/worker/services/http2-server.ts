import type { Http2Server, Http2Session } from 'node:http2';
import { netServer } from './net-server.ts';
import type { Service } from './service.ts';

/** Node 20 does not tell the clients, which keep their sessions for the next request. */
export function http2Server(value: Http2Server): Service {
  const sessions = new Set<Http2Session>();
  value.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  return netServer(value, (closed) => {
    value.close(closed);
    // The streams in hand are finished before.
    for (const session of sessions) session.close();
  });
}
