import type { Socket } from 'node:net';

/** A request, without its query string. */
export interface Question {
  readonly method: string;
  readonly path: string;
  /** The Host header without the port; undefined if there is none. */
  readonly host?: string | undefined;
}

export interface Answer {
  readonly code: keyof typeof REASONS;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const REASONS = {
  200: 'OK',
  202: 'Accepted',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  421: 'Misdirected Request',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
} as const;

/** Keeps pages of other sites from reading an answer, and browsers from caching it. */
const FOR_BROWSERS = {
  'Cache-Control': 'no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** Time limit for receiving a request, and again for the client to read the answer. Milliseconds. */
const PATIENCE = 10_000;
/** Maximum size of a request's headers and of its body, in bytes. */
const MAX_HEAD = 16 * 1024;
const MAX_BODY = 64 * 1024;

const REQUEST_LINE = /^([A-Za-z-]+) (\S+) HTTP\/1\.[01]$/;
// All of these patterns match in linear time, because the client chooses the text.
const HEADER = /^[!#$%&'*+.^`|~\w-]+:[^\0\r]*$/;
const IS_LENGTH = /^content-length:/i;
const LENGTH = /^content-length:[ \t]*\d+[ \t]*$/i;
const HOST = /^host:[ \t]*(\[[^\]]*\]|[^:]*)/i;

/**
 * Answers one request on a connection, and closes it. This implements as much of HTTP as a control socket needs. Node's
 * server would parse every request on arrival: a socket buffer holds thousands of pipelined requests, and Node keeps
 * some kilobytes for each, even if the client reads no answer. This one ignores everything after the first request.
 *
 * @param answer if its promise rejects, the response is 500
 */
export function converse(socket: Socket, answer: (question: Question) => Promise<Answer>): void {
  let timer: NodeJS.Timeout | undefined;
  let head = '';
  socket.once('close', () => clearTimeout(timer));
  socket.on('end', hangUp).on('data', receive).resume();
  armDeadline();

  function armDeadline(): void {
    clearTimeout(timer);
    timer = setTimeout(() => socket.destroy(), PATIENCE).unref();
  }

  function receive(chunk: Buffer): void {
    head += chunk.toString('latin1');
    // Parse only when a line is complete: a client that sends byte by byte must not cause quadratic work.
    if (!chunk.includes('\n') && head.length <= MAX_HEAD) return;
    const question = parse(head);
    if (question === 'incomplete') return;
    socket.off('data', receive).off('end', hangUp).pause();
    clearTimeout(timer);
    if ('code' in question) send(question, question);
    else void respond(question);
  }

  /** The client closed the connection before it sent a request. */
  function hangUp(): void {
    socket.destroy();
  }

  async function respond(question: Question): Promise<void> {
    try {
      send(await answer(question), question);
    } catch (error) {
      send(refusal(500, (error as Error).message), question);
    }
  }

  function send(found: Answer, question: Question | Answer): void {
    const isHead = 'method' in question && question.method === 'HEAD';
    armDeadline();
    socket.end(`${headOf(found)}${isHead ? '' : found.body}`);
    // Read the rest: closing a socket with unread data resets the connection, and the answer may be lost.
    let unread = MAX_BODY;
    socket.on('data', ({ length }: Buffer) => {
      unread -= length;
      if (unread < 0) socket.destroy();
    });
    socket.resume();
  }
}

export function json(code: Answer['code'], value: unknown, headers: Answer['headers'] = {}): Answer {
  return { code, type: 'application/json', body: `${JSON.stringify(value)}\n`, headers };
}

export function text(code: Answer['code'], sentence: string): Answer {
  return { code, type: 'text/plain; charset=utf-8', body: `${sentence}\n` };
}

export function refusal(code: Answer['code'], error: string, headers?: Answer['headers']): Answer {
  return json(code, { error }, headers);
}

/** Returns the request, or a refusal if it is invalid. */
function parse(text: string): Question | Answer | 'incomplete' {
  const asked = text.replace(/^[\r\n]+/, '');
  const end = /\r?\n\r?\n/.exec(asked)?.index;
  const head = asked.slice(0, end);
  if (head.length > MAX_HEAD || (end === undefined && text.length > MAX_HEAD))
    return refusal(431, `more than ${MAX_HEAD} bytes of headers`);
  const [line = '', ...headers] = head.split(/\r?\n/);
  const [, method = '', url = ''] = REQUEST_LINE.exec(line) ?? [];
  const isWhole = end !== undefined || headers.length > 0;
  if (isWhole && method === '') return refusal(400, 'this is not HTTP/1.1');
  if (end === undefined) return 'incomplete';
  const isHeader = (header: string) => HEADER.test(header) && (!IS_LENGTH.test(header) || LENGTH.test(header));
  if (!headers.every(isHeader)) return refusal(400, 'a header is malformed');
  const [host] = headers.flatMap((header) => HOST.exec(header)?.[1]?.trim() ?? []);
  return { method, path: url.replace(/\?.*/, ''), host };
}

function headOf({ code, type, body, headers }: Answer): string {
  const lines = {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
    ...FOR_BROWSERS,
    ...headers,
  };
  const fields = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${code} ${REASONS[code]}\r\n${fields.join('')}\r\n`;
}
