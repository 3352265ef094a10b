/** How long to wait for work that loading started, in milliseconds. */
const TIMEOUT = 5000;

/** Polling interval in milliseconds. */
const INTERVAL = 2;

/**
 * Waits until no request is pending: every copy would complete a request that is still in the thread pool.
 *
 * @param timeout milliseconds
 * @returns the requests still pending at the timeout
 */
export async function untilIdle(timeout = TIMEOUT): Promise<string[]> {
  const deadline = performance.now() + timeout;
  for (;;) {
    // A request started in one turn of the event loop is listed in the next.
    await new Promise((resolve) => setImmediate(resolve));
    const requests = process.getActiveResourcesInfo().filter((name) => /Req|Job/.test(name));
    if (requests.length === 0 || performance.now() > deadline) return requests;
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}
