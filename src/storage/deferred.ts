/** Stores whose code is loaded, or which are chosen, with the first call. */
import type { Storage } from './storage.ts';

/** The store that `open` answers, asked for once. */
export function deferredStorage(open: () => Promise<Storage>): Storage {
  let opened: Promise<Storage> | undefined;
  const it = () => {
    opened ??= open();
    return opened;
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
