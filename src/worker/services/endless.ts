/**
 * Content types of responses that never end by themselves: a server that waited for them would never close. The client
 * connects again, as with WebSockets. A download or a long poll is not endless, however slow.
 */
const ENDLESS = [
  'text/event-stream',
  // A camera's pictures.
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
  /** Its client does not read, so the response cannot end. */
  abandon(response: Response): void;
}

/** Each call ends the endless responses, and abandons those that an earlier call has ended. */
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
          // Its content is shorter than its head announced, or a wrapper of it does not accept the end.
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
 * Ends a response without its application. Node, or code that has wrapped the response (compression), ends it, so that
 * the client sees a whole response. Later writes of the application are dropped, and its callbacks hear of a
 * disconnection. Node would emit an error instead, which few applications handle.
 */
export function endForApplication(response: Ending): void {
  response.end();
  const drop = (...args: unknown[]): void => {
    const callback = args.at(-1);
    // Later: an application that waits for the callback before it writes again would let nothing else happen.
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
