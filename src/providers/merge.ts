/** Several streams as one, ordered by time. */

interface MergeOptions {
  /** The streams go on: what has arrived is not held back until each of them has something to say. */
  readonly live?: boolean | undefined;
}

interface Source<T> {
  readonly iterator: AsyncIterator<T>;
  /** What comes next, once it is there. */
  head?: IteratorResult<T> | undefined;
  /** The call for what comes next, while it runs; fulfilled also where that fails. */
  asked?: Promise<void> | undefined;
  failure?: { readonly thrown: unknown } | undefined;
}

/**
 * Merges streams that are in order of time themselves; what has no time comes last. Ends with the last of them, or with
 * the first failure. `timeOf` gives a text that sorts as time does: ISO 8601 in UTC.
 */
export async function* mergeByTime<T>(
  streams: readonly AsyncIterable<T>[],
  timeOf: (item: T) => string | undefined,
  { live = false }: MergeOptions = {},
): AsyncGenerator<T> {
  let open: readonly Source<T>[] = streams.map((stream) => ({ iterator: stream[Symbol.asyncIterator]() }));
  try {
    while (open.length > 0) {
      const asked = open.flatMap((source) => askNext(source) ?? []);
      if (!live) await Promise.all(asked);
      else if (!open.some(({ head }) => head)) await Promise.race(asked);
      const failed = open.find(({ failure }) => failure);
      if (failed) throw failed.failure?.thrown;
      open = open.filter(({ head }) => !head?.done);
      const first = earliest(open, timeOf);
      if (first?.head) yield take(first, first.head);
    }
  } finally {
    // Not waited for: a stream that goes on may be in the middle of waiting itself.
    for (const { iterator } of open) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}

function take<T>(source: Source<T>, { value }: IteratorResult<T>): T {
  source.head = undefined;
  return value;
}

/** The call for what comes next; nothing where that is there already. */
function askNext<T>(source: Source<T>): Promise<void> | undefined {
  if (source.head) return undefined;
  source.asked ??= source.iterator
    .next()
    .then(
      (head) => {
        source.head = head;
      },
      (thrown) => {
        source.failure = { thrown };
      },
    )
    .finally(() => {
      source.asked = undefined;
    });
  return source.asked;
}

const LAST = '\uffff';

function earliest<T>(
  sources: readonly Source<T>[],
  timeOf: (item: T) => string | undefined,
): Source<T> | undefined {
  let best: { readonly source: Source<T>; readonly time: string } | undefined;
  for (const source of sources) {
    if (!source.head) continue;
    const time = timeOf(source.head.value) ?? LAST;
    if (!best || time < best.time) best = { source, time };
  }
  return best?.source;
}
