/** Doing many things at the same time, but not too many. */

/** Runs a task as soon as one of the slots is free; first come, first served. */
export type Slots = <T>(task: () => Promise<T>) => Promise<T>;

/** So many slots, one at least. */
export function openSlots(limit: number): Slots {
  let free = Math.max(1, limit);
  let waiting: (() => void)[] = [];
  let served = 0;
  const enter = async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
  };
  const leave = () => {
    const next = waiting[served];
    served = next ? served + 1 : 0;
    if (next) return next();
    waiting = [];
    free += 1;
  };
  return async (task) => {
    await enter();
    return task().finally(leave);
  };
}

/**
 * Waits until all are done, and only then throws what failed: nothing goes on behind the caller's back, and what is
 * under way is not wasted.
 */
export async function allDone<T extends readonly unknown[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
