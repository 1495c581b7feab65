/** A store that is chosen or loaded with the first call. */
import type { Storage } from './storage.ts';

/** Does what the storage does that `choose` answers, which is asked once. */
export function deferredStorage(choose: () => Promise<Storage>): Storage {
  let chosen: Promise<Storage> | undefined;
  const it = () => {
    chosen ??= choose();
    return chosen;
  };
  return {
    stat: async (...args) => (await it()).stat(...args),
    async *list(...args) {
      yield* (await it()).list(...args);
    },
    download: async (...args) => (await it()).download(...args),
    upload: async (...args) => (await it()).upload(...args),
    read: async (...args) => (await it()).read(...args),
    remove: async (...args) => (await it()).remove(...args),
  };
}
