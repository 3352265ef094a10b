import { randomBytes } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

interface Answer {
  id?: number;
  method?: string;
  result?: { result?: { value?: unknown } };
}

/** A debugger attached to a Node. It speaks as much WebSocket as the inspector needs, because Node 20 has none. */
export class Debugger {
  readonly #socket: Socket;
  readonly #heard = new EventEmitter();
  #unread = Buffer.alloc(0);
  #calls = 0;

  private constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
    this.#read(head);
  }

  /** @param port the inspector's port on the loopback interface */
  static async attach(port: number): Promise<Debugger> {
    const [list] = await once(get({ port, path: '/json/list', agent: false }), 'response');
    const [{ webSocketDebuggerUrl }] = (await json(list)) as [{ webSocketDebuggerUrl: string }];
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': 13,
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    };
    const request = get({ port, path: new URL(webSocketDebuggerUrl).pathname, headers });
    const [, socket, head] = (await once(request, 'upgrade')) as [IncomingMessage, Socket, Buffer];
    return new Debugger(socket, head);
  }

  /** Calls a method, and waits for its result. */
  async call(method: string, params: object = {}): Promise<NonNullable<Answer['result']>> {
    this.#calls += 1;
    const id = this.#calls;
    const answered = once(this.#heard, String(id));
    this.#send(JSON.stringify({ id, method, params }));
    const [{ result = {} }] = (await answered) as [Answer];
    return result;
  }

  async evaluate(expression: string): Promise<unknown> {
    return (await this.call('Runtime.evaluate', { expression })).result?.value;
  }

  /** Waits for an event. */
  async event(method: string): Promise<void> {
    await once(this.#heard, method);
  }

  /** Sends one text frame. Clients must mask frames: a mask of zeros changes nothing. */
  #send(text: string): void {
    const body = Buffer.from(text);
    if (body.length > 125) throw new Error('a frame of more than 125 bytes needs another header');
    this.#socket.write(Buffer.concat([Buffer.of(0x81, 0x80 | body.length, 0, 0, 0, 0), body]));
  }

  /** Reads text frames of up to 64 KB. An empty one ends the connection. */
  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (let frame = this.#nextFrame(); frame !== undefined; frame = this.#nextFrame()) {
      // Node closes the connection.
      if (frame === '') return void this.#socket.end();
      const answer = JSON.parse(frame) as Answer;
      this.#heard.emit(answer.method ?? String(answer.id), answer);
    }
  }

  #nextFrame(): string | undefined {
    const [, length = 0] = this.#unread;
    const start = length === 126 ? 4 : 2;
    if (this.#unread.length < start) return undefined;
    const end = start + (length === 126 ? this.#unread.readUInt16BE(2) : length);
    if (this.#unread.length < end) return undefined;
    const text = this.#unread.toString('utf8', start, end);
    this.#unread = this.#unread.subarray(end);
    return text;
  }
}
