/**
 * Responses that never end by themselves: a server that waited for them would never close. As with WebSockets, the client
 * connects again. A download or a long poll, however slow, is none.
 */
const ENDLESS = [
  'text/event-stream',
  // Pictures of a camera.
  'multipart/x-mixed-replace',
  'application/stream+json',
  // A subscription of GraphQL.
  'multipart/mixed;.*\\bsubscriptionSpec=',
];

const CONTENT_TYPE = new RegExp(`^(?:${ENDLESS.join('|')})`, 'i');

export function isEndless(contentType: unknown): boolean {
  return CONTENT_TYPE.test(String(contentType ?? '').trim());
}

interface Means<Response> {
  isEndless(response: Response): boolean;
  end(response: Response): void;
  /** Its client does not read, so that it does not come to its end. */
  abandon(response: Response): void;
}

/** Ends those that are endless at each call, and abandons those that it has ended at an earlier one. */
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
          // It was to have more content than it got, or what wraps it does not take this.
          abandon(response);
        }
      }
    }
  };
}

/** A response, or a stream of HTTP/2. */
export interface Ending {
  end(): unknown;
  write: unknown;
}

/**
 * Ends a response whose application does not know of that. So that the client sees a whole response, Node or whatever has
 * wrapped it (compression) ends it. What the application goes on to write is dropped, and told to it as after a
 * disconnection: Node would emit an error, which hardly anybody handles.
 */
export function endForApplication(response: Ending): void {
  response.end();
  const drop = (...args: unknown[]): void => {
    const callback = args.at(-1);
    // Not at once: an application that waits for it before it writes again would let nothing else happen.
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
    super('swarm has ended this response, because its worker stops');
  }
}
