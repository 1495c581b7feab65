/**
 * The journal of a workflow: one JSON line for everything that was announced, queued, started and ended. Lines are only
 * ever appended, each with one write, so that a process may be killed at any time: what is queued and not ended is left
 * to do. An invocation and those that its outputs trigger go into one line, so that neither exists without the other.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { hasCode, MachineError, machineFault } from '../../errors.ts';
import { isObject } from '../../json.ts';
import type { Invocation } from '../../workflow/invocation.ts';
import { type LocalHome, PRIVATE } from './home.ts';

/** An invocation that waits for its turn. */
export interface Queued {
  readonly id: string;
  readonly step: string;
  /** Id of the store whose file arrived, and the namespace of its buckets. */
  readonly store: string;
  readonly namespace: string;
  readonly bucket: string;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** Id of the command that queued the input which this one goes back to. */
  readonly run: string;
}

/** A file of a command line that is to become an input: should the command be killed, the next one puts it. */
export interface Announced {
  /** On this machine, absolute. */
  readonly path: string;
  readonly store: string;
  readonly namespace: string;
  readonly bucket: string;
  readonly key: string;
  readonly run: string;
}

export type Line =
  | { readonly type: 'announced'; readonly announced: readonly Announced[] }
  /** Files that were announced and will not be put. */
  | { readonly type: 'withdrawn'; readonly withdrawn: readonly Announced[] }
  | { readonly type: 'queued'; readonly queued: readonly Queued[] }
  | { readonly type: 'started'; readonly id: string; readonly time: string; readonly attempt: number }
  | {
      readonly type: 'ended';
      readonly run: string;
      readonly invocation: Invocation;
      readonly next: readonly Queued[];
    };

export interface JournalWriter {
  append(line: Line): void;
  close(): void;
}

/** Opens the journal for appending; a line that a killed process left unfinished is closed off. */
export function openJournal({ journal }: LocalHome): JournalWriter {
  const file = openSync(journal, 'a+', PRIVATE);
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(file, '\n');
  let isWhole = true;
  return {
    append: (line) => {
      // What a failed write left of a line must not spoil the next one.
      const bytes = Buffer.from(`${isWhole ? '' : '\n'}${JSON.stringify(line)}\n`);
      isWhole = false;
      writeLine(file, bytes, journal);
      isWhole = true;
    },
    close: () => closeSync(file),
  };
}

/** A disk that fills up may take a part of a line without an error: the next write has it. */
function writeLine(file: number, bytes: Buffer, name: string): void {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } catch (cause) {
    const fault = machineFault(cause);
    if (fault === undefined) throw cause;
    throw new MachineError('machine-failed', fault, {
      hint: `Mend that: "${name}" cannot be written.`,
      cause,
    });
  }
}

/** A line of the journal, and the offset in bytes behind it. */
export interface ReadLine {
  readonly line: Line;
  readonly end: number;
}

const CHUNK = 256 * 1024;

/**
 * The lines from an offset on, read piece by piece. What is not a whole line of JSON is passed over: at the end, `onDamage`
 * is told of that as a clause with file and line.
 */
export function* readJournal(
  { journal }: LocalHome,
  offset = 0,
  onDamage: (message: string) => void = () => {},
): Generator<ReadLine> {
  const file = openForReading(journal);
  if (file === undefined) return;
  const damaged: number[] = [];
  try {
    const chunk = Buffer.alloc(CHUNK);
    let rest: Buffer = Buffer.alloc(0);
    let position = offset;
    for (let size = readSync(file, chunk, 0, CHUNK, position); size > 0; ) {
      const text = Buffer.concat([rest, chunk.subarray(0, size)]);
      const start = position - rest.length;
      const end = yield* linesOf(text, start, damaged);
      rest = text.subarray(end - start);
      position += size;
      size = readSync(file, chunk, 0, CHUNK, position);
    }
  } finally {
    closeSync(file);
  }
  const [first] = damaged;
  if (first !== undefined) onDamage(damageText(journal, first, damaged.length));
}

/** `position`: the offset of the first line that cannot be read. */
function damageText(journal: string, position: number, count: number): string {
  const line = readFileSync(journal).subarray(0, position).toString('latin1').split('\n').length;
  const more = count > 1 ? `, and ${count - 1} more` : '';
  return `${journal}:${line} cannot be read${more}: what is written there is passed over`;
}

/** Yields the whole lines of a piece that starts at `start`; answers the offset behind the last one. */
function* linesOf(text: Buffer, start: number, damaged: number[]): Generator<ReadLine, number> {
  let from = 0;
  for (let at = text.indexOf(0x0a); at !== -1; at = text.indexOf(0x0a, from)) {
    const line = parseLine(text.toString('utf8', from, at));
    // Nothing is lost with an empty line.
    if (!line && at > from) damaged.push(start + from);
    from = at + 1;
    if (line) yield { line, end: start + from };
  }
  return start + from;
}

/** Every line of a journal has a type. */
function isLine(value: unknown): value is Line {
  return isObject(value) && typeof value['type'] === 'string';
}

function parseLine(text: string): Line | undefined {
  try {
    const line: unknown = JSON.parse(text);
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function openForReading(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw thrown;
  }
}
