/** How long to wait for work that loading has begun, milliseconds. */
const TIMEOUT = 5000;

/** Between two looks at what is under way, milliseconds. */
const INTERVAL = 2;

/**
 * Waits until nothing is under way: every copy would finish a request that is still in the thread pool.
 *
 * @param timeout milliseconds
 * @returns the requests that are still under way at the timeout
 */
export async function untilIdle(timeout = TIMEOUT): Promise<string[]> {
  const deadline = performance.now() + timeout;
  for (;;) {
    // What one turn of the event loop begins is seen at the next.
    await new Promise((resolve) => setImmediate(resolve));
    const requests = process.getActiveResourcesInfo().filter((name) => /Req|Job/.test(name));
    if (requests.length === 0 || performance.now() > deadline) return requests;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}
