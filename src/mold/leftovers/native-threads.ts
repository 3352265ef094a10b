import { readdirSync, readFileSync } from 'node:fs';

/** Threads of libraries that notice a changed pid and stop working in a copy: ZeroMQ, librdkafka, gRPC. */
const FORKLESS = /^(?:ZMQbg|rdk:|grpc_|grpcpp|event_engine)/;

/** Returns the names of native threads that would not work in a copy of this process, by thread id. */
export function forklessThreads(): ReadonlyMap<string, string> {
  const threads = new Map<string, string>();
  for (const id of listed()) {
    const name = nameOf(id);
    if (FORKLESS.test(name)) threads.set(id, name);
  }
  return threads;
}

function listed(): string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    // Not Linux, so nothing is forked.
    return [];
  }
}

function nameOf(id: string): string {
  try {
    return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trimEnd();
  } catch {
    // It ended in the meantime.
    return '';
  }
}
