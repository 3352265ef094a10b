/** The handle of a stream over a pipe. net.Socket checks the same properties before it times out. */
interface Handle {
  /** Bytes passed to it. */
  readonly bytesWritten?: number;
  /** Bytes of these that the kernel has not accepted yet. A full pipe accepts more only as its reader reads. */
  readonly writeQueueSize?: number;
}

/** What this process has written to its stdout and stderr, bytes. */
export interface UnreadOutput {
  /** Not yet accepted by the kernel. */
  readonly left: number;
  /** Accepted by the kernel. */
  readonly taken: number;
}

export function unreadOutput(): UnreadOutput {
  const streams = [process.stdout, process.stderr].map((stream) => {
    const { bytesWritten = 0, writeQueueSize = 0 } =
      (Reflect.get(stream, '_handle') as Handle | null | undefined) ?? {};
    // The application may have replaced the stream.
    return { left: (stream.writableLength || 0) + writeQueueSize, taken: bytesWritten - writeQueueSize };
  });
  return {
    left: streams.reduce((sum, { left }) => sum + left, 0),
    taken: streams.reduce((sum, { taken }) => sum + taken, 0),
  };
}
