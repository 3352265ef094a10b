import type { Server as HttpServer } from 'node:http';
import type { Http2Server } from 'node:http2';
import type { Server } from 'node:net';
import { httpServer } from './http-server.ts';
import { http2Server } from './http2-server.ts';
import { netServer } from './net-server.ts';
import { hasMethods, type Service } from './service.ts';

/** A server of node:http, https, http2, net or tls, or of a library that extends one. */
export function server(value: object): Service | undefined {
  if (!hasMethods<Server>(value, 'listen', 'address', 'getConnections', 'close', 'on')) return undefined;
  if (hasMethods<Http2Server>(value, 'updateSettings')) return http2Server(value);
  if (hasMethods<HttpServer>(value, 'closeIdleConnections')) return httpServer(value);
  return netServer(value);
}
