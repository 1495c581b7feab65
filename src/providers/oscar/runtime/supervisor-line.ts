/**
 * What OSCAR's supervisor says in its log. Pure.
 * The lines are those of https://github.com/grycap/faas-supervisor: `TIME - supervisor - LEVEL - MESSAGE`.
 */

export interface SupervisorLine {
  readonly level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL';
  readonly message: string;
}

const LINE =
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - supervisor - (DEBUG|INFO|WARNING|ERROR|CRITICAL) - (.*)$/s;

/** A line of the supervisor; nothing for what a script wrote. */
export function supervisorLine(text: string): SupervisorLine | undefined {
  const [, level, message = ''] = LINE.exec(text) ?? [];
  return level === undefined ? undefined : { level: level as SupervisorLine['level'], message };
}

/** What an input or an output is called in a log. */
export interface ToldObject {
  readonly bucket: string;
  readonly key: string;
}

export interface ToldInput extends ToldObject {
  /** Bytes, where it says so. */
  readonly size?: number;
}

export type Told =
  | { readonly kind: 'input'; readonly input: ToldInput }
  /** It begins to look for files that go to outputs: from now on it tells of each one. */
  | { readonly kind: 'outputs' }
  /** The files that follow go to this store, as the service names it. */
  | { readonly kind: 'store'; readonly store: string }
  | { readonly kind: 'output'; readonly output: ToldObject };

/** What a message of the supervisor tells of files. */
export function toldBy(message: string): Told | undefined {
  if (message.startsWith('event_records = ')) return eventTold(message);
  const [, from, path] = /^Downloading item from bucket '([^']*)' with key '(.*)'$/s.exec(message) ?? [];
  if (from && path) return { kind: 'input', input: { bucket: from, key: path } };
  if (message.startsWith('Searching for files to upload')) return { kind: 'outputs' };
  const [, store] = /^Checking files for uploading to '([^']*)'/.exec(message) ?? [];
  if (store) return { kind: 'store', store };
  const [, key, bucket] = /^Uploading file '(.*)' to bucket '([^']*)'$/s.exec(message) ?? [];
  return key && bucket ? { kind: 'output', output: { bucket, key } } : undefined;
}

/** The event's record as Python prints it. Keys are encoded as in URLs, so that no quote is in them. */
function eventTold(message: string): Told | undefined {
  const [, bucket] = /'bucket': \{.*?'name': '([^']*)'/s.exec(message) ?? [];
  const [, object = ''] = /'object': \{(.*)$/s.exec(message) ?? [];
  const [, key] = /'key': '([^']*)'/.exec(object) ?? [];
  if (!bucket || !key) return undefined;
  const [, size] = /'size': (\d+)/.exec(object) ?? [];
  const input = { bucket, key: decodedKey(key), ...(size !== undefined && { size: Number(size) }) };
  return { kind: 'input', input };
}

/** Rule: S3 and MinIO encode keys in events as forms do, with `+` for a space. */
function decodedKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
