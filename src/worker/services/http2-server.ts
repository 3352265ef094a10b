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
import { isServer, serverService } from './net-server.ts';
import { hasMethods, type Service } from './service.ts';

/** Recognizes a server of node:http2. */
export function http2Server(value: object): Service | undefined {
  return isServer(value) && hasMethods<Http2Server>(value, 'updateSettings') ? http2Service(value) : undefined;
}

/** Also closes sessions, which clients keep open for their next request and Node 20 does not close. */
function http2Service(value: Http2Server): Service {
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
      // The client may never end its side of the stream.
      stream.once('finish', () => stream.close());
      endForApplication(streams.get(stream)?.response ?? stream);
    },
    abandon: (stream) => stream.destroy(),
  });
  const endResponses = endEndlessResponses();

  const service = serverService(value, (closed) => {
    value.close(closed);
    // A session finishes its open streams first.
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

/** State of an open stream. */
interface Exchange {
  /** Opened by CONNECT: a WebSocket, or another protocol that both sides keep open. */
  readonly isTunnel: boolean;
  /** Undefined if the application uses streams instead of requests and responses. */
  response?: Http2ServerResponse;
}

function watchStreams(server: Http2Server): ReadonlyMap<ServerHttp2Stream, Exchange> {
  const open = new Map<ServerHttp2Stream, Exchange>();
  // Runs before the application's listener.
  server.prependListener('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    open.set(stream, { isTunnel: headers[':method'] === 'CONNECT' });
    stream.once('close', () => open.delete(stream));
  });
  return open;
}

/**
 * Watches responses once the application listens for requests. A listener makes Node create a request for each stream,
 * and an application that uses only streams must not get any.
 *
 * @returns the open HTTP/1 responses, if the server also accepts HTTP/1
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
