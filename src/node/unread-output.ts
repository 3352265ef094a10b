/** Of a stream over a pipe: bytes that the kernel has not taken yet. Net sockets look at it before they time out. */
type Handle = { writeQueueSize?: number } | null | undefined;

/** How much of what this process has written to its stdout and stderr has yet to leave it. A pipe takes what is read. */
export function unreadOutput(): number {
  return [process.stdout, process.stderr]
    .map((stream) => stream.writableLength + (handleOf(stream)?.writeQueueSize ?? 0))
    .reduce((sum, bytes) => sum + bytes);
}

function handleOf(stream: object): Handle {
  return Reflect.get(stream, '_handle') as Handle;
}
