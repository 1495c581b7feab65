/** Writes lines into a log stream that moto keeps, in order. */
import type { World } from '../core/world.ts';

const TARGET = 'Logs_20140328';
/** Limits of PutLogEvents: events of a call, and characters of one here. */
const MOST_EVENTS = 1000;
const LONGEST = 200_000;
const ATTEMPTS = 3;

export interface LogPlace {
  readonly region: string;
  readonly group: string;
  readonly stream: string;
}

export interface LogStream {
  readonly place: LogPlace;
  write(lines: readonly string[]): void;
  /** Ends when all is written. */
  flushed(): Promise<void>;
}

export interface LogRights {
  /** Whether the writer may write to the group at all. */
  readonly write: boolean;
  /** Whether it may make the group if there is none. */
  readonly create: boolean;
}

/** A stream that comes into being with its first line. Without rights or without a group the lines are lost, as on AWS. */
export function openLogStream({ moto }: World, place: LogPlace, rights: () => Promise<LogRights>): LogStream {
  const { region, group: logGroupName, stream: logStreamName } = place;
  const ask = (operation: string, body: object) =>
    moto.ask({ service: 'logs', region, target: `${TARGET}.${operation}`, body: { logGroupName, ...body } });
  const open = async (): Promise<boolean> => {
    const { write, create } = await rights();
    if (!write) return false;
    if ((await ask('CreateLogStream', { logStreamName })).ok) return true;
    if (!create) return false;
    await ask('CreateLogGroup', {});
    return (await ask('CreateLogStream', { logStreamName })).ok;
  };
  // moto may stumble over calls that come at the same time, and AWS loses no line for that.
  const putOnce = async (body: object) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const answer = await ask('PutLogEvents', body).catch(() => undefined);
      if (answer?.ok) return;
    }
  };
  let opened: Promise<boolean> | undefined;
  let written: Promise<unknown> = Promise.resolve();
  const put = async (logEvents: readonly object[]) => {
    opened ??= open();
    if (!(await opened)) return;
    for (let start = 0; start < logEvents.length; start += MOST_EVENTS) {
      await putOnce({ logStreamName, logEvents: logEvents.slice(start, start + MOST_EVENTS) });
    }
  };
  return {
    place,
    write: (lines) => {
      const timestamp = Date.now();
      const events = lines.map((line) => ({ timestamp, message: line.slice(0, LONGEST) || ' ' }));
      if (events.length > 0) written = written.then(() => put(events)).catch(() => {});
    },
    flushed: async () => void (await written),
  };
}

/** Passes whole lines of a growing text on. */
export function lineFeed(text: () => string, take: (lines: readonly string[]) => void) {
  let taken = 0;
  return {
    /** Takes the lines that are whole by now; at the end also one that is not. */
    flush: (end: boolean) => {
      const fresh = text().slice(taken);
      const whole = end ? fresh.length : fresh.lastIndexOf('\n') + 1;
      taken += whole;
      const lines = fresh.slice(0, whole).replace(/\n$/, '').split('\n');
      if (whole > 0) take(lines);
    },
  };
}
