/** Which invocation each line of a log belongs to: what comes between the supervisor's records, stream by stream. Pure. */
import type { Billed } from '../../../workflow/invocation.ts';
import {
  type LogRecord,
  type RecordKind,
  readRecord,
  START_FAILED,
  unquoted,
} from '../../../workflow/records.ts';
import { type Bill, type PlatformFailure, platformLine } from './platform-line.ts';

/** A line as CloudWatch Logs keeps it. */
export interface LogEvent {
  readonly id: string;
  /** One stream is what one sandbox of a function, or one job, wrote. */
  readonly stream: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly message: string;
}

/** Those after which the invocation, or the request, may go on. */
const OPENING: readonly RecordKind[] = ['start', 'outputs'];

/** A line with its invocation. */
export interface Entry {
  readonly event: LogEvent;
  /** Id of the invocation; of the request, where none had started; empty outside of requests. */
  readonly invocation: string;
  /** Who wrote what is to be shown; absent for what only machines read. */
  readonly stream?: 'stdout' | 'supervisor';
  /** What is to be shown. */
  readonly message: string;
  readonly record?: LogRecord;
  /** AWS Lambda ended the invocation; `unstarted`: before it was one, so that `invocation` is the id of the request. */
  readonly failure?: PlatformFailure & { readonly unstarted: boolean };
  /** What the request of the invocation is charged for. Of several invocations in one request, it is the last one's. */
  readonly billed?: Billed;
}

/** What is known of a stream. */
interface StreamState {
  /** Of the request whose start was seen last. */
  readonly requestId?: string;
  /** Of that request: the invocation that started last. */
  readonly current?: string;
  readonly isOpen: boolean;
  /** The request came to an end of some kind that is known. */
  readonly isSettled: boolean;
  /** Why the sandbox could not start, as far as it said so. */
  readonly startFailure?: string;
}

const FRESH: StreamState = { isOpen: false, isSettled: false };

/** A function that takes the lines of a log in order and answers what each one is. It remembers one state per stream. */
export function openAttribution(): (event: LogEvent) => Entry {
  const states = new Map<string, StreamState>();
  return (event) => {
    const { entry, state } = attribute(event, states.get(event.stream) ?? FRESH);
    states.set(event.stream, state);
    return entry;
  };
}

interface Attributed {
  readonly entry: Entry;
  readonly state: StreamState;
}

function attribute(event: LogEvent, state: StreamState): Attributed {
  const message = event.message.replace(/[\r\n]+$/, '');
  const record = readRecord(message);
  if (record) return recorded({ ...event, message }, record, state);
  const line = platformLine(message);
  const attributed = ofPlatform(event, message, line, state);
  return line?.bill ? charged(attributed, line.bill, state) : attributed;
}

/** The line of AWS Lambda, or of the script, with what it means for the stream. */
function ofPlatform(
  event: LogEvent,
  message: string,
  line: ReturnType<typeof platformLine>,
  state: StreamState,
): Attributed {
  const invocation = state.current ?? state.requestId ?? '';
  if (line?.kind === 'start') return requested(event, line.requestId, state);
  if (line?.kind === 'failure') return failed(event, line, state);
  if (line?.kind === 'other') return { entry: { event, invocation, message }, state };
  if (line) {
    const text = `the function could not start: ${line.reason}`;
    const entry: Entry = { event, invocation, stream: 'supervisor', message: text };
    return { entry, state: { ...state, startFailure: state.startFailure ?? line.reason } };
  }
  if (!message.startsWith(START_FAILED))
    return { entry: { event, invocation, stream: 'stdout', message: unquoted(message) }, state };
  const entry: Entry = { event, invocation, stream: 'supervisor', message };
  return { entry, state: { ...state, startFailure: message.slice(START_FAILED.length) } };
}

/** A request whose beginning was not seen may be any. */
function charged({ entry, state: next }: Attributed, bill: Bill, state: StreamState): Attributed {
  const { requestId, ...billed } = bill;
  const isKnown = state.requestId === requestId;
  return { entry: isKnown ? { ...entry, billed } : entry, state: next };
}

/** A start that failed before belongs to the request that it was for. */
function requested(event: LogEvent, requestId: string, { startFailure }: StreamState): Attributed {
  const state = { ...FRESH, requestId, ...(startFailure !== undefined && { startFailure }) };
  return { entry: { event, invocation: requestId, message: event.message }, state };
}

function recorded(event: LogEvent, record: LogRecord, state: StreamState): Attributed {
  const isEnd = !OPENING.includes(record.fdl);
  const { startFailure: _, ...known } = state;
  const next = { ...known, current: record.invocation, isOpen: !isEnd, isSettled: isEnd };
  const { invocation } = record;
  return { entry: { event, invocation, stream: 'supervisor', message: event.message, record }, state: next };
}

function failed(
  event: LogEvent,
  { requestId, text, ...found }: PlatformFailure & { readonly requestId: string; readonly text?: string },
  state: StreamState,
): Attributed {
  const isKnown = state.requestId === requestId;
  const { current, isOpen, isSettled, startFailure } = state;
  const invocation = current ?? requestId;
  // An invocation that ended told so itself; of a request whose beginning was not seen, nothing is known.
  const counts = isOpen || (isKnown && (!isSettled || found.precise) && current === undefined);
  const isNews = text !== undefined || (counts && !isSettled);
  const why =
    startFailure !== undefined && current === undefined
      ? `it could not start: ${startFailure}`
      : found.reason;
  const { status, precise } = found;
  const entry: Entry = {
    event,
    invocation,
    message: text ?? why,
    ...(isNews && { stream: 'supervisor' }),
    ...(counts && { failure: { status, precise, reason: why, unstarted: current === undefined } }),
  };
  // The report that follows may know more, so that the invocation stays open to it.
  return { entry, state: counts ? { ...state, isSettled: true } : state };
}
