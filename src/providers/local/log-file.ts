/** What scripts wrote, as one file of JSON lines for all steps. */
import { closeSync, createReadStream, existsSync, openSync, writeSync } from 'node:fs';
import { machineFault } from '../../errors.ts';
import { wholeLines } from '../../lines.ts';
import type { LogLine } from '../../workflow/invocation.ts';
import type { LogQuery } from '../runtime.ts';
import { type LocalHome, PRIVATE } from './home.ts';

interface LogWriter {
  write(line: LogLine): void;
  close(): void;
}

/** Bytes that are gathered before they are written, so that a talkative script costs few writes. */
const BATCH = 64 * 1024;

/**
 * Opens the log for appending. Where the machine has no room for them, lines are lost, and `onFault` hears why. Lines reach
 * the file at the end of the current turn of the event loop.
 */
export function openLog({ log }: LocalHome, onFault: (error: unknown) => void = () => {}): LogWriter {
  const file = openSync(log, 'a', PRIVATE);
  let batch = '';
  let scheduled: NodeJS.Immediate | undefined;
  const flush = () => {
    scheduled = undefined;
    const text = batch;
    batch = '';
    try {
      if (text !== '') writeSync(file, text);
    } catch (thrown) {
      if (machineFault(thrown) === undefined) throw thrown;
      onFault(thrown);
    }
  };
  return {
    write(line) {
      batch += `${JSON.stringify(line)}\n`;
      if (batch.length >= BATCH) flush();
      scheduled ??= setImmediate(flush);
    },
    close() {
      clearImmediate(scheduled);
      flush();
      closeSync(file);
    },
  };
}

/** What to read, and until when to follow. */
export interface FollowQuery extends LogQuery {
  readonly signal: AbortSignal;
}

/** How often a followed file is looked at, in milliseconds. */
const POLL = 200;

/** The lines of the log that match, in the order in which they were written. */
export async function* readLog({ log }: LocalHome, query: FollowQuery): AsyncGenerator<LogLine> {
  let offset = 0;
  do {
    if (existsSync(log)) {
      // Only whole lines count: the last one may still be being written.
      for await (const { text, end } of wholeLines(createReadStream(log, { start: offset }), offset)) {
        offset = end;
        const line = parse(text);
        if (line && matches(line, query)) yield line;
      }
    }
    if (query.follow && !query.signal.aborted) await pause(POLL, query.signal);
  } while (query.follow && !query.signal.aborted);
}

function parse(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined;
  }
}

function matches(line: LogLine, { step, invocation, since, filter }: FollowQuery): boolean {
  return (
    (step === undefined || line.step === step) &&
    (invocation === undefined || line.invocation === invocation) &&
    (since === undefined || line.time >= since) &&
    (filter === undefined || line.message.includes(filter))
  );
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

const KEPT = 10;

/** The last lines of what runs, so that a failure can be shown with them. */
export class RecentLines {
  readonly #lines = new Map<string, string[]>();

  add({ invocation, stream, message }: LogLine): void {
    if (stream === 'supervisor') return;
    const lines = this.#lines.get(invocation) ?? [];
    lines.push(message);
    if (lines.length > KEPT) lines.shift();
    this.#lines.set(invocation, lines);
  }

  /** Hands over the lines of an invocation and forgets them. */
  take(invocation: string): readonly string[] {
    const lines = this.#lines.get(invocation) ?? [];
    this.#lines.delete(invocation);
    return lines;
  }
}
