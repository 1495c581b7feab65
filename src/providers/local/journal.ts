/**
 * The journal of a workflow: one JSON line for everything that was queued, started and ended. Lines are only ever
 * appended, each with one write, so that a process may be killed at any time: what is queued and not ended is left to
 * do. An invocation and those that its outputs trigger go into one line, so that neither exists without the other.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { Invocation } from '../../workflow/invocation.ts';
import type { LocalHome } from './home.ts';
import { writeWhole } from './whole-file.ts';

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
  /** Files that were announced and are not there any more. */
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
  const file = openSync(journal, 'a+');
  const { size } = fstatSync(file);
  const last = Buffer.alloc(1);
  if (size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a) writeSync(file, '\n');
  return {
    append: (line) => void writeSync(file, `${JSON.stringify(line)}\n`),
    close: () => closeSync(file),
  };
}

/** The lines of the journal, from an offset in bytes; unfinished ones are left out. */
export function readJournal({ journal }: LocalHome, offset = 0): readonly Line[] {
  if (!existsSync(journal) || statSync(journal).size <= offset) return [];
  const text = readFileSync(journal).subarray(offset).toString('utf8');
  return text.split('\n').flatMap(parseLine);
}

function parseLine(text: string): readonly Line[] {
  if (text === '') return [];
  try {
    return [JSON.parse(text) as Line];
  } catch {
    return [];
  }
}

/** What lines of a journal amount to. */
export interface Standing {
  /** Inputs that were announced and not put yet. */
  readonly announced: readonly Announced[];
  readonly pending: readonly Queued[];
  readonly ended: readonly { readonly run: string; readonly invocation: Invocation }[];
  /** When a pending invocation was started last, by a process that did not end it. */
  readonly started: ReadonlyMap<string, string>;
}

/** Replays lines: what was queued and not ended is pending. */
export function replay(lines: readonly Line[]): Standing {
  const announced = new Map<string, Announced>();
  const pending = new Map<string, Queued>();
  const started = new Map<string, string>();
  const ended = new Map<string, { run: string; invocation: Invocation }>();
  const queue = (queued: Queued) => {
    announced.delete(inputKey(queued));
    pending.set(queued.id, queued);
  };
  for (const line of lines) {
    switch (line.type) {
      case 'announced':
        for (const each of line.announced) announced.set(inputKey(each), each);
        break;
      case 'withdrawn':
        for (const each of line.withdrawn) announced.delete(inputKey(each));
        break;
      case 'queued':
        line.queued.forEach(queue);
        break;
      case 'started':
        started.set(line.id, line.time);
        break;
      case 'ended':
        pending.delete(line.invocation.id);
        ended.set(line.invocation.id, { run: line.run, invocation: line.invocation });
        line.next.forEach(queue);
    }
  }
  return {
    announced: [...announced.values()],
    pending: [...pending.values()],
    ended: [...ended.values()],
    started,
  };
}

function inputKey({ run, namespace, bucket, key }: Announced | Queued): string {
  return [run, namespace, bucket, key].join('\0');
}

/** How much is left to do. */
export function countLeft({ announced, pending }: Standing): number {
  return announced.length + pending.length;
}

/** Everything from the checkpoint on: what is left to do, and what was done since there was nothing left. */
export function readSinceCheckpoint(home: LocalHome): Standing {
  return replay(readJournal(home, readCheckpoint(home)));
}

function readCheckpoint({ checkpoint }: LocalHome): number {
  try {
    return (JSON.parse(readFileSync(checkpoint, 'utf8')) as { offset: number }).offset;
  } catch {
    return 0;
  }
}

/** Notes that nothing is left to do, so that the next command need not read what was done. */
export function writeCheckpoint({ journal, checkpoint }: LocalHome): void {
  const offset = existsSync(journal) ? statSync(journal).size : 0;
  writeWhole(checkpoint, JSON.stringify({ offset }));
}
