/**
 * Content types of responses that never end by themselves. A server that waited for them would never close, so swarm
 * ends them; the client reconnects, as with WebSockets. A download or a long poll is not endless, however slow.
 */
const ENDLESS = [
  'text/event-stream',
  // A camera stream.
  'multipart/x-mixed-replace',
  'application/stream+json',
  // A GraphQL subscription.
  'multipart/mixed;.*\\bsubscriptionSpec=',
];

const CONTENT_TYPE = new RegExp(`^(?:${ENDLESS.join('|')})`, 'i');

export function isEndless(contentType: unknown): boolean {
  return CONTENT_TYPE.test(String(contentType ?? '').trim());
}

interface Means<Response> {
  isEndless(response: Response): boolean;
  end(response: Response): void;
  /** Drops a response that cannot end because its client does not read. */
  abandon(response: Response): void;
}

/** Returns a function that ends endless responses, and abandons those that an earlier call tried to end. */
export function endEach<Response extends object>({ isEndless, end, abandon }: Means<Response>) {
  const ended = new WeakSet<Response>();
  return (responses: Iterable<Response>): void => {
    for (const response of [...responses]) {
      if (ended.has(response)) {
        abandon(response);
      } else if (isEndless(response)) {
        ended.add(response);
        try {
          end(response);
        } catch {
          // The content is shorter than its Content-Length, or a wrapper of the response rejects the end.
          abandon(response);
        }
      }
    }
  };
}

/** A response, or an HTTP/2 stream. */
export interface Ending {
  end(): unknown;
  write: unknown;
}

/**
 * Ends a response on behalf of the application. It calls end() of Node or of a wrapper (compression), so that the
 * client gets a complete response. Later writes of the application are dropped, and their callbacks get an error, as
 * after a disconnection. Node would emit an 'error' event instead, which few applications handle.
 */
export function endForApplication(response: Ending): void {
  response.end();
  const drop = (...args: unknown[]): void => {
    const callback = args.at(-1);
    // Asynchronous: otherwise an application that writes again from the callback would starve the event loop.
    if (typeof callback === 'function') setImmediate(callback as (error: Error) => void, new EndedError());
  };
  Object.assign(response, {
    write(...args: unknown[]): boolean {
      drop(...args);
      return false;
    },
    end(...args: unknown[]): unknown {
      drop(...args);
      return response;
    },
  });
}

class EndedError extends Error {
  readonly code = 'ERR_STREAM_DESTROYED';

  constructor() {
    super('swarm ended this response because its worker is stopping');
  }
}
