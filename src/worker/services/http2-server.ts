import { ServerResponse } from 'node:http';
import type {
  Http2Server,
  Http2ServerRequest,
  Http2ServerResponse,
  Http2Session,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from 'node:http2';
import { endEach, endForApplication, isEndless } from './endless.ts';
import { endEndlessResponses, IDLE_TIMEOUT } from './http-server.ts';
import { netServer } from './net-server.ts';
import type { Service } from './service.ts';

/** Node 20 does not tell the clients, which keep their sessions for the next request. */
export function http2Server(value: Http2Server): Service {
  const sessions = new Set<Http2Session>();
  value.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  const streams = watchStreams(value);
  const responses = watchResponses(value, (response) => {
    const exchange = streams.get(response.stream);
    if (exchange) exchange.response = response;
  });
  const endStreams = endEach<ServerHttp2Stream>({
    isEndless(stream) {
      if (!stream.headersSent || stream.writableEnded) return false;
      return streams.get(stream)?.isTunnel === true || isEndless(stream.sentHeaders['content-type']);
    },
    end(stream) {
      // The client may not have ended its own side, or never will.
      stream.once('finish', () => stream.close());
      endForApplication(streams.get(stream)?.response ?? stream);
    },
    abandon: (stream) => stream.destroy(),
  });
  const endResponses = endEndlessResponses();

  const service = netServer(value, (closed) => {
    value.close(closed);
    // The streams in hand are finished before.
    for (const session of sessions) session.close();
  });
  return {
    ...service,
    async stop() {
      const timer = setInterval(() => {
        endStreams(streams.keys());
        endResponses(responses);
      }, IDLE_TIMEOUT);
      await service.stop();
      clearInterval(timer);
    },
  };
}

/** A request and what comes of it. */
interface Exchange {
  /** CONNECT: a WebSocket, or anything else that two sides keep open. */
  readonly isTunnel: boolean;
  /** Where the application knows requests and responses, not streams. */
  response?: Http2ServerResponse;
}

function watchStreams(server: Http2Server): ReadonlyMap<ServerHttp2Stream, Exchange> {
  const open = new Map<ServerHttp2Stream, Exchange>();
  // Before the application, which may be told of the request by this very event.
  server.prependListener('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    open.set(stream, { isTunnel: headers[':method'] === 'CONNECT' });
    stream.once('close', () => open.delete(stream));
  });
  return open;
}

/**
 * Node makes a request of a stream where somebody listens for requests, and must not do so for us: the application may use
 * streams alone.
 *
 * @returns responses to clients of HTTP/1, where the server takes these as well
 */
function watchResponses(
  server: Http2Server,
  onResponse: (response: Http2ServerResponse) => void,
): ReadonlySet<ServerResponse> {
  const open = new Set<ServerResponse>();
  const onRequest = (_request: Http2ServerRequest, response: Http2ServerResponse | ServerResponse) => {
    if (!(response instanceof ServerResponse)) {
      onResponse(response);
      return;
    }
    open.add(response);
    response.once('close', () => open.delete(response));
  };
  const watch = () => void server.prependListener('request', onRequest);
  const onListener = (event: string | symbol) => {
    if (event !== 'request') return;
    server.off('newListener', onListener);
    watch();
  };
  if (server.listenerCount('request') > 0) watch();
  else server.on('newListener', onListener);
  return open;
}
