/** Of a stream over a pipe. Net sockets look at it before they time out. */
interface Handle {
  /** Bytes that were given to it. */
  readonly bytesWritten?: number;
  /** Bytes of these that the kernel has not taken yet: a pipe takes what is read. */
  readonly writeQueueSize?: number;
}

/** What this process has written to its stdout and stderr, bytes. */
export interface UnreadOutput {
  /** What has yet to leave it. */
  readonly left: number;
  /** What has left it. */
  readonly taken: number;
}

export function unreadOutput(): UnreadOutput {
  const streams = [process.stdout, process.stderr].map((stream) => {
    const { bytesWritten = 0, writeQueueSize = 0 } =
      (Reflect.get(stream, '_handle') as Handle | null | undefined) ?? {};
    // The application may have put something else in its place.
    return { left: (stream.writableLength || 0) + writeQueueSize, taken: bytesWritten - writeQueueSize };
  });
  return {
    left: streams.reduce((sum, { left }) => sum + left, 0),
    taken: streams.reduce((sum, { taken }) => sum + taken, 0),
  };
}
