/** How many requests a server takes at the same time. */

/** Runs a request as soon as there is room for it; first come, first served. */
export type Pace = <T>(send: () => Promise<T>) => Promise<T>;

/** Requests at the same time, as long as no server complains. */
const MOST = 64;

/**
 * Halves the number of requests at the same time where the server says that it is busy, and adds one for each round of
 * requests that it answers. Those that were under way when it was halved tell nothing new by failing, too.
 */
export function openPace(isBusy: (thrown: unknown) => boolean, most = MOST): Pace {
  const waiting: (() => void)[] = [];
  let [limit, running, halved] = [most, 0, 0];
  const enter = async () => {
    if (running >= Math.floor(limit)) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
  };
  const leave = () => {
    running -= 1;
    while (running < Math.floor(limit)) {
      const next = waiting.shift();
      if (!next) return;
      running += 1;
      next();
    }
  };
  return async (send) => {
    await enter();
    const before = halved;
    try {
      const answer = await send();
      limit = Math.min(most, limit + 1 / limit);
      return answer;
    } catch (thrown) {
      if (isBusy(thrown) && before === halved) {
        halved += 1;
        limit = Math.max(1, Math.min(limit, running) / 2);
      }
      throw thrown;
    } finally {
      leave();
    }
  };
}
