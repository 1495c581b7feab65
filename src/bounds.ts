/** What other servers send is limited: in size, in time, and in the number of pages. */

export interface Limits {
  /** Bytes. */
  readonly bytes: number;
  /** Milliseconds for all of it, whatever comes in between. */
  readonly ms: number;
}

const MIB = 1024 * 1024;

/**
 * Passes on what comes, until it is more than a limit allows or takes longer; then it throws what `fail` makes of the
 * reason, a clause such as "its answer has more than 64 MiB". Silence in between is for the connection to notice.
 */
export async function* bounded(
  source: AsyncIterable<Uint8Array>,
  { bytes, ms }: Limits,
  fail: (why: string) => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  const end = performance.now() + ms;
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > bytes) throw fail(`its answer has more than ${sizeText(bytes)}`);
    if (performance.now() > end) throw fail(`its answer takes longer than ${Math.ceil(ms / 1000)} seconds`);
    yield chunk;
  }
}

function sizeText(bytes: number): string {
  return bytes >= MIB ? `${Math.floor(bytes / MIB)} MiB` : `${bytes} bytes`;
}

/** The whole of what comes, within limits; see `bounded`. */
export async function readBounded(
  source: AsyncIterable<Uint8Array>,
  limits: Limits,
  fail: (why: string) => Error,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bounded(source, limits, fail)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Pages of one list: more than any that is read to its end. */
const MOST_PAGES = 100_000;

/**
 * Looks at the tokens of the pages of one list, each as it comes, and gives it back: a server that names a page twice would
 * be asked without end. Throws what `fail` makes of the reason, a clause.
 */
export function pageTokens(fail: (why: string) => Error): <T extends string | undefined>(token: T) => T {
  const seen = new Set<string>();
  return (token) => {
    if (token === undefined || token === '') return token;
    if (seen.has(token)) throw fail('its list leads back to a page that was there before');
    if (seen.size >= MOST_PAGES) throw fail(`its list has more than ${MOST_PAGES} pages`);
    seen.add(token);
    return token;
  };
}
