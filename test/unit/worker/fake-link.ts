import type { Assignment } from '../../../src/protocol/assignment.ts';
import type { StatusLink } from '../../../src/protocol/channel.ts';
import type { WorkerMessage } from '../../../src/protocol/messages.ts';

/** A status link that records what a worker sends. */
export class FakeLink implements StatusLink {
  readonly sent: WorkerMessage[] = [];
  /** Simulates the death of the supervisor. */
  loseSupervisor = () => {};

  send(message: WorkerMessage): void {
    this.sent.push(message);
  }

  sendNow(message: WorkerMessage): void {
    this.sent.push(message);
  }

  blocked(): { fd: number; text: string } {
    return { fd: 2, text: '' };
  }

  onSupervisorGone(listener: () => void): void {
    this.loseSupervisor = listener;
  }

  /** The types of the messages sent, without heartbeats. */
  get types(): string[] {
    return this.sent.map(({ type }) => type).filter((type) => type !== 'heartbeat');
  }

  /** All messages of one type. */
  of<Type extends WorkerMessage['type']>(type: Type): Extract<WorkerMessage, { type: Type }>[] {
    return this.sent.filter((message) => message.type === type) as Extract<WorkerMessage, { type: Type }>[];
  }
}

export const ASSIGNMENT: Assignment = {
  workerId: 17,
  slot: 2,
  index: 10,
  count: 4,
  generation: 3,
  mode: 'spawn',
  modules: [],
  args: ['-r', 'jobs.js', '--queue', 'mail'],
  timeout: 25_000,
  heartbeat: 5000,
  frugal: false,
  supervisor: process.pid,
};
