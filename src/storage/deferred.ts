/** Stores whose code is loaded, or which are chosen, with the first call. */
import type { Storage } from './storage.ts';

/** What not every store can do: whoever asks sees it before anything is loaded. */
type Further = 'buckets' | 'level';

/** The store that `open` answers, asked for once. `further`: what it can do besides what all can. */
export function deferredStorage(open: () => Promise<Storage>, further: readonly Further[] = []): Storage {
  let opened: Promise<Storage> | undefined;
  const it = () => {
    opened ??= open();
    return opened;
  };
  const all: Required<Pick<Storage, Further>> = {
    buckets: async (...args) => (await it()).buckets?.(...args) ?? [],
    async *level(...args) {
      yield* (await it()).level?.(...args) ?? [];
    },
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
    settled: it,
    ...Object.fromEntries(further.map((name) => [name, all[name]])),
  };
}
