/** Enough to keep the threads busy that decode and write, few enough to keep memory flat. */
const IN_FLIGHT = 8;

/**
 * Runs a task for 0, 1, …, count - 1, a few at a time.
 *
 * When one fails, no more are started, and the promise is rejected only after those under way have ended: nothing is
 * still running then.
 */
export async function inParallel<T>(count: number, task: (index: number) => Promise<T>): Promise<T[]> {
  const results = new Array<T>(count);
  let next = 0;
  const work = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await task(index).catch((error: unknown) => {
        next = count;
        throw error;
      });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: IN_FLIGHT }, work));
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return results;
}
