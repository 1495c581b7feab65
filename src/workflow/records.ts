/**
 * The contract between what runs in a container and whoever looks at it from outside: what the supervisor and the gateway
 * write to a log for programs, and how it is read again.
 *
 * A line of the log is one of these:
 * - a record: a JSON object on one line that begins with `{"fdl":`. `start` opens an invocation and `end` closes it;
 *   `outputs` comes before the end, as often as the list of outputs is too long for one line. A gateway writes
 *   `delegated` for an input that it passed on to a job of AWS Batch, and `undelegated` where that failed;
 * - a note of the supervisor for people, or `fdl supervisor: WHY` where the supervisor could not start;
 * - a line of the script, with a mark in front where it could be taken for one of these or for what AWS Lambda writes.
 *
 * A script's output reaches the log only through pipes that the supervisor reads, and each line of it that could be taken
 * for something else gets that mark. So no script can make a record, whatever it prints or calls its files. Not covered is
 * a script that goes around the supervisor: it runs as the same user, and may write to the log through `/proc/1/fd/1`, or
 * end the supervisor. Whoever runs scripts that are not trusted must not trust their results either.
 */
import { asNumber, asObject, asText, type JsonObject, parseJson } from '../json.ts';
import type { InvocationStatus, ObjectRef, Span, Usage } from './invocation.ts';

/** How an invocation may end. */
export type EndStatus = Extract<
  InvocationStatus,
  'succeeded' | 'failed' | 'timed-out' | 'cancelled' | 'delegated'
>;

const ENDS: readonly EndStatus[] = ['succeeded', 'failed', 'timed-out', 'cancelled', 'delegated'];

/** What every record of an invocation says. */
interface OfInvocation {
  readonly workflow: string;
  readonly step: string;
  /** Id of the invocation. */
  readonly invocation: string;
}

/** What every record of a gateway says. */
interface OfGateway {
  readonly workflow: string;
  readonly step: string;
  /** URI of the object, where the event named one. */
  readonly input?: string;
  /** Of the gateway's own invocation. */
  readonly requestId: string;
}

/** The fields of each kind of record, as they are written. Times are ISO 8601, UTC. */
interface Fields {
  readonly start: OfInvocation & {
    readonly input?: Partial<ObjectRef> | undefined;
    readonly startedAt: string;
  };
  readonly outputs: OfInvocation & { readonly outputs: readonly ObjectRef[] };
  readonly end: OfInvocation & {
    readonly input?: ObjectRef | undefined;
    /** The last ones, where records with others came before. */
    readonly outputs: readonly ObjectRef[];
    readonly status: EndStatus;
    readonly startedAt: string;
    readonly endedAt: string;
    readonly durationMs: number;
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    readonly reason?: string | undefined;
    /** Id of the job of AWS Batch that goes on with it, or that runs it. */
    readonly job?: string | undefined;
    /** What the script took; absent where it did not run. */
    readonly usage?: Usage | undefined;
    /** What it ran with: see `key.ts`. */
    readonly key?: string | undefined;
    readonly span?: Span | undefined;
  };
  readonly delegated: OfGateway & {
    /** Id of the job. */
    readonly job: string;
    readonly jobName: string;
    /** Who passed the event on: `function/request id`. */
    readonly delegatedBy: string;
  };
  readonly undelegated: OfGateway & { readonly reason: string };
}

export type RecordKind = keyof Fields;

const KINDS: readonly RecordKind[] = ['start', 'outputs', 'end', 'delegated', 'undelegated'];

/** A record as one line of the log. `place` is what leads to other logs: the job, and who passed the event on to it. */
export function recordLine<Kind extends RecordKind>(
  fdl: Kind,
  fields: Fields[Kind],
  place: object = {},
): string {
  return JSON.stringify({ fdl, ...fields, ...place });
}

/**
 * A record as it is read. Another release may have written it: nothing but its kind and what it is about is sure to be
 * there.
 */
export interface LogRecord {
  readonly fdl: RecordKind;
  /** Empty where it is not said. */
  readonly workflow: string;
  /** Id of the invocation. Of a gateway: of the job, or of the request where there is no job. */
  readonly invocation: string;
  readonly input?: ObjectRef;
  readonly outputs: readonly ObjectRef[];
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** A status that is not known here did not succeed, as far as anybody can tell: `failed`. */
  readonly status: EndStatus;
  readonly durationMs?: number;
  readonly exitCode?: number;
  readonly reason?: string;
  readonly job?: string;
  readonly key?: string;
  readonly requestId?: string;
  readonly usage?: Usage;
  readonly span?: Span;
}

/** Which field says what the records of a gateway are about. */
const ABOUT: Partial<Record<RecordKind, string>> = { delegated: 'job', undelegated: 'requestId' };

/** The record in a line; nothing where it is none, or one that was cut. */
export function readRecord(line: string): LogRecord | undefined {
  if (!line.startsWith('{"fdl":"')) return undefined;
  const fields = asObject(parseJson(line)?.value) ?? {};
  const fdl = KINDS.find((kind) => kind === fields['fdl']);
  const invocation = fdl && asText(fields[ABOUT[fdl] ?? 'invocation']);
  if (fdl === undefined || invocation === undefined) return undefined;
  const { outputs } = fields;
  return {
    fdl,
    invocation,
    workflow: asText(fields['workflow']) ?? '',
    outputs: Array.isArray(outputs) ? outputs.flatMap((output) => objectRef(output) ?? []) : [],
    status: ENDS.find((status) => status === fields['status']) ?? 'failed',
    ...optional('input', objectRef(fields['input'])),
    ...texts(fields, 'startedAt', 'endedAt', 'reason', 'job', 'key', 'requestId'),
    ...optional('durationMs', asNumber(fields['durationMs'])),
    ...optional('exitCode', asNumber(fields['exitCode'])),
    ...optional('usage', usageOf(asObject(fields['usage']))),
    ...optional('span', spanOf(asObject(fields['span']))),
  };
}

/** What a script took; records of older releases do not say it. */
function usageOf(fields: JsonObject | undefined): Usage | undefined {
  const wallMs = asNumber(fields?.['wallMs']);
  if (!fields || wallMs === undefined) return undefined;
  return {
    wallMs,
    ...optional('cpuMs', asNumber(fields['cpuMs'])),
    ...optional('peakMemoryBytes', asNumber(fields['peakMemoryBytes'])),
    bytesIn: asNumber(fields['bytesIn']) ?? 0,
    bytesOut: asNumber(fields['bytesOut']) ?? 0,
  };
}

/** An object with its size; a gateway knows its URI alone. */
function objectRef(value: unknown): ObjectRef | undefined {
  const fields = typeof value === 'string' ? { uri: value } : asObject(value);
  const uri = asText(fields?.['uri']);
  if (uri === undefined) return undefined;
  return { uri, size: asNumber(fields?.['size']) ?? 0, ...optional('etag', asText(fields?.['etag'])) };
}

/** Ids of another form would be no spans to whoever reads them. */
function spanOf(fields: JsonObject | undefined): Span | undefined {
  const hex = (name: string, length: number) => {
    const text = asText(fields?.[name]);
    return text?.length === length && /^[0-9a-f]+$/.test(text) ? text : undefined;
  };
  const [traceId, spanId] = [hex('traceId', 32), hex('spanId', 16)];
  if (traceId === undefined || spanId === undefined) return undefined;
  return { traceId, spanId, ...optional('parentSpanId', hex('parentSpanId', 16)) };
}

function texts<Name extends string>(fields: JsonObject, ...names: Name[]): { readonly [N in Name]?: string } {
  return Object.assign({}, ...names.map((name) => optional(name, asText(fields[name]))));
}

function optional<Name extends string, T>(name: Name, value: T | undefined): { readonly [N in Name]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: T };
}

/** What a log begins with where the supervisor could not start; the reason follows. */
export const START_FAILED = 'fdl supervisor: ';

const MARK = '[script] ';

/** What records begin with, what the supervisor says of its own start, and what AWS Lambda writes. */
const RESERVED =
  /^(\{\s*"fdl"|fdl supervisor: |(START|END|REPORT) RequestId: |RequestId: |INIT_|RESTORE_|XRAY |(EXTENSION|TELEMETRY|LOGS|IMAGE)\t|\S+Z \S+ Task timed out |\[script\] )/;

/** A line of a script in the form in which it may be written. */
export function quoted(line: string): string {
  const isPlatforms = line.startsWith('{') && line.includes('"platform.');
  return isPlatforms || RESERVED.test(line) ? MARK + line : line;
}

/** The line as the script wrote it. */
export function unquoted(line: string): string {
  return line.startsWith(MARK) ? line.slice(MARK.length) : line;
}

/** Something of the supervisor itself as one line: names of files may have line ends. */
export function oneLine(text: string): string {
  return text.replaceAll('\r', '\\r').replaceAll('\n', '\\n');
}

/** What a call answers whose inputs were passed on: the jobs by their ids, or, from a gateway, with their names. */
export interface DelegatedAnswer {
  readonly step: string;
  readonly status: 'delegated';
  readonly jobs: readonly (string | DelegatedJob)[];
}

export interface DelegatedJob {
  readonly id: string;
  readonly name: string;
  /** URI of the object, where the event named one. */
  readonly input?: string;
}

/** The ids of the jobs in the answer of a call; none where it is another answer. */
export function delegatedJobs(answer: string): readonly string[] {
  const fields = asObject(parseJson(answer)?.value);
  const jobs = fields?.['jobs'];
  if (fields?.['status'] !== 'delegated' || !Array.isArray(jobs)) return [];
  return jobs.flatMap((job) => asText(job) ?? asText(asObject(job)?.['id']) ?? []);
}

/** What the supervisor of a function says of a failure, in its log and as its answer; the reason follows. */
const FAILED_STEP = /^step "[^"]*" failed(?: on .*?)?: /;
const LAST_LINES = '\nLast lines of the script:\n';

/** Whether a line of a log says what a reason says already. */
export function saysAgain(line: string, reason: string): boolean {
  return FAILED_STEP.test(line) && line.includes(reason);
}

/** Why a step failed, without its name, and without its last lines where its log is known. */
export function reasonAlone(told: string, isLogKnown: boolean): string {
  const [said = told] = isLogKnown ? told.split(LAST_LINES) : [told];
  return said.replace(FAILED_STEP, '');
}

/** Why a script failed, by the answer of a call that carried the event of a store; nothing where it is another answer. */
export function failedAnswer(answer: string): string | undefined {
  const fields = asObject(parseJson(answer)?.value);
  const isSummary = fields?.['status'] === 'failed' && Array.isArray(fields['invocations']);
  return isSummary ? asText(fields['reason']) : undefined;
}
