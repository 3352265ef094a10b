import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFailed, onTestFinished } from 'vitest';
import { PATIENCE } from './processes.ts';

const PROGRAM = fileURLToPath(new URL('notify-socket.py', import.meta.url));

/** A datagram: its sender and its assignments. */
export interface Notice {
  pid: number;
  text: string;
  values: Partial<Record<string, string>>;
}

/** The systemd side of NOTIFY_SOCKET. */
export class NotifySocket {
  readonly address: string;
  readonly notices: Notice[] = [];
  readonly #process;
  readonly #changes = new EventEmitter();
  readonly #closed: Promise<unknown>;

  /** @param full fills the queue of the socket, and reads nothing before read() */
  static async open(address: string, { full = false } = {}): Promise<NotifySocket> {
    const socket = new NotifySocket(address, full);
    await once(socket.#changes, 'listening', { signal: AbortSignal.timeout(PATIENCE) });
    return socket;
  }

  private constructor(address: string, full: boolean) {
    this.address = address;
    const options = full ? ['--full'] : [];
    this.#process = spawn('python3', [PROGRAM, address, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#closed = once(this.#process, 'close');
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      if (line === 'listening') this.#changes.emit(line);
      else this.#receive(JSON.parse(line));
    });
    onTestFinished(() => this.close());
    onTestFailed(() => console.error(this.notices.map(({ pid, text }) => `${pid}: ${text}`).join('\n')));
  }

  read(): void {
    this.#process.stdin.write('\n');
  }

  /** Stops listening, but keeps the path. */
  async close(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#closed;
  }

  /** The notices except watchdog messages. */
  get news(): Notice[] {
    return this.notices.filter(({ values }) => !values['WATCHDOG']);
  }

  get wellness(): number {
    return this.notices.length - this.news.length;
  }

  /** Waits for a notice with these assignments, among those after the first `after`. */
  async told(expected: Record<string, string | RegExp>, after = 0): Promise<Notice> {
    const find = () => this.notices.slice(after).find(({ values }) => matches(values, expected));
    await this.until(JSON.stringify(Object.entries(expected).map(String)), () => find() !== undefined);
    return find() as Notice;
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    const patience = AbortSignal.timeout(PATIENCE);
    while (!condition()) {
      try {
        await once(this.#changes, 'change', { signal: patience });
      } catch {
        throw new Error(`systemd timed out waiting for: ${what}`);
      }
    }
  }

  #receive({ pid, text }: Omit<Notice, 'values'>): void {
    const values = Object.fromEntries(
      text.split('\n').map((line) => /^(.*?)=(.*)$/.exec(line)?.slice(1) ?? [line, '']),
    );
    this.notices.push({ pid, text, values });
    this.#changes.emit('change');
  }
}

function matches(values: Notice['values'], expected: Record<string, string | RegExp>): boolean {
  return Object.entries(expected).every(([name, wanted]) =>
    typeof wanted === 'string' ? values[name] === wanted : wanted.test(values[name] ?? ''),
  );
}
