/** What is kept with objects, as headers of requests and answers. */
import type { Metadata, ObjectInfo } from './storage.ts';

/** As headers whose names begin with `prefix`, such as `x-amz-meta-`. */
export function metadataHeaders(prefix: string, metadata: Metadata = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(metadata).map(([name, value]) => [prefix + name, value]));
}

/** What such headers of an answer say; nothing where there are none. */
export function metadataIn(
  prefix: string,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Pick<ObjectInfo, 'metadata'> {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith(prefix) && typeof value === 'string' ? [[name.slice(prefix.length), value]] : [],
  );
  return kept.length === 0 ? {} : { metadata: Object.fromEntries(kept) };
}
