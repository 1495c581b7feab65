/**
 * The log of a job: its lines with their times, what OSCAR's supervisor says in them of files and of the end of the job, and
 * jobs by when they ran. Lines of the supervisor are those of https://github.com/grycap/faas-supervisor:
 * `TIME - supervisor - LEVEL - MESSAGE`.
 */
import { wholeLines } from '../../../lines.ts';

interface TimedLine {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly text: string;
}

/** Kubernetes puts the time in front of each line, in RFC 3339 with nanoseconds. */
const TIMED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?(.*)$/s;

/** Cuts a log into lines. A line without a time has that of the line before, or `start`. */
export async function* timedLines(chunks: AsyncIterable<Uint8Array>, start = ''): AsyncGenerator<TimedLine> {
  let time = start;
  for await (const { text } of wholeLines(terminated(chunks))) {
    const [, stamp, rest] = TIMED.exec(text) ?? [];
    if (stamp !== undefined) time = isoTime(stamp) ?? time;
    yield { time, text: (rest ?? text).replace(/\r$/, '') };
  }
}

/** With a line feed at the end, if there is anything. */
async function* terminated(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const chunk of chunks) {
    if (chunk.length === 0) continue;
    last = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    yield last;
  }
  if (last && last.at(-1) !== 10) yield Buffer.from('\n');
}

/** A time in the form that sorts as time does; nothing for what is no time. */
export function isoTime(text: string | undefined): string | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}

export interface WrittenObject extends LoggedObject {
  /** As the service names it, such as `minio.default`. */
  readonly store: string | undefined;
}

export interface JobSummary {
  readonly input?: LoggedInput;
  readonly outputs: readonly WrittenObject[];
  /** Whether it says which files were written: a log level above INFO hides that. */
  readonly namesOutputs: boolean;
  /** The last error of the supervisor. */
  readonly error?: string;
}

export const NO_SUMMARY: JobSummary = { outputs: [], namesOutputs: false };

/** Takes the lines in their order; `summary` answers what they said so far. */
export function openSummary(): { add(text: string): void; summary(): JobSummary } {
  const outputs: WrittenObject[] = [];
  let namesOutputs = false;
  let store: string | undefined;
  let input: LoggedInput | undefined;
  let error: string | undefined;
  const add = (text: string) => {
    const line = supervisorLine(text);
    if (line?.level === 'ERROR' || line?.level === 'CRITICAL') error = line.message.trim() || error;
    // A script may print what looks like the supervisor's INFO, but its lines come as DEBUG or after the end.
    const file = line?.level === 'INFO' ? fileMessage(line.message.trimEnd()) : undefined;
    if (file?.kind === 'input') input = { ...input, ...file.input };
    if (file?.kind === 'store') store = file.store;
    if (file?.kind === 'output') outputs.push({ ...file.output, store });
    namesOutputs ||= file?.kind === 'outputs' || file?.kind === 'output';
  };
  return {
    add,
    summary: () => ({
      outputs,
      namesOutputs,
      ...(input && { input }),
      ...(error !== undefined && { error }),
    }),
  };
}

interface SupervisorLine {
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
export interface LoggedObject {
  readonly bucket: string;
  readonly key: string;
}

interface LoggedInput extends LoggedObject {
  /** Bytes, where it says so. */
  readonly size?: number;
}

type FileMessage =
  | { readonly kind: 'input'; readonly input: LoggedInput }
  /** It begins to look for files that go to outputs: from now on it tells of each one. */
  | { readonly kind: 'outputs' }
  /** The files that follow go to this store, as the service names it. */
  | { readonly kind: 'store'; readonly store: string }
  | { readonly kind: 'output'; readonly output: LoggedObject };

/** What a message of the supervisor tells of files. */
function fileMessage(message: string): FileMessage | undefined {
  if (message.startsWith('event_records = ')) return eventMessage(message);
  const [, from, path] = /^Downloading item from bucket '([^']*)' with key '(.*)'$/s.exec(message) ?? [];
  if (from && path) return { kind: 'input', input: { bucket: from, key: path } };
  if (message.startsWith('Searching for files to upload')) return { kind: 'outputs' };
  const [, store] = /^Checking files for uploading to '([^']*)'/.exec(message) ?? [];
  if (store) return { kind: 'store', store };
  const [, key, bucket] = /^Uploading file '(.*)' to bucket '([^']*)'$/s.exec(message) ?? [];
  return key && bucket ? { kind: 'output', output: { bucket, key } } : undefined;
}

/** The event's record as Python prints it. Keys are encoded as in URLs, so that no quote is in them. */
function eventMessage(message: string): FileMessage | undefined {
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

export interface InTime {
  /** ISO 8601; empty where nothing is known, which is now. */
  readonly from: string;
  readonly to: string;
}

/** Later than any time. */
const NOW = '\uffff';

/** Groups of what ran at the same time, in order: nothing of a group ran before the end of the one before it. */
export function groupsInTime<T extends InTime>(items: readonly T[]): readonly (readonly T[])[] {
  const sorted = [...items].sort((a, b) => ((a.from || NOW) < (b.from || NOW) ? -1 : 1));
  const groups: T[][] = [];
  let end = '';
  for (const item of sorted) {
    const group = groups.at(-1);
    if (group && (item.from || NOW) <= end) group.push(item);
    else groups.push([item]);
    const own = item.to || NOW;
    end = own > end ? own : end;
  }
  return groups;
}

/**
 * Whether a service may have a job of that name: each begins with the service's name, or with its first 16 characters if
 * it has 25 or more. Rule: OSCAR, `MakeJobHandler`.
 */
export function mayBeOf(job: string, service: string): boolean {
  return job.startsWith(`${service.length >= 25 ? service.slice(0, 16) : service}-`);
}
