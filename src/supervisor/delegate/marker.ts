/**
 * Markers keep one input from becoming two jobs: events are delivered more than once, and AWS Batch itself takes
 * the same submission twice. Whoever writes the marker first submits the job and then notes its id in the marker.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { FdlError } from '../../errors.ts';
import { asNumber, asObject, asText, parseJson } from '../../json.ts';
import type { Delay } from '../../retry.ts';
import { CallError } from '../aws/call-error.ts';
import type { AwsSend } from '../aws/send.ts';

/** What a marker says. */
interface Marker {
  readonly state: 'claimed' | 'submitted';
  readonly jobName: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly jobId?: string;
}

type Claim =
  /** We are to submit the job. `fresh`: nobody has tried before. */
  | { readonly kind: 'ours'; readonly fresh: boolean }
  /** It is submitted. */
  | { readonly kind: 'submitted'; readonly jobId: string };

interface ClaimOptions {
  readonly bucket: Bucket;
  readonly key: string;
  readonly jobName: string;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly delay?: Delay | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds after which whoever claimed a job is taken for dead. */
const CLAIM_MS = 60_000;
/** Milliseconds that somebody else gets to submit the job, and between two looks. */
const PATIENCE_MS = 8000;
const POLL_MS = 500;

/**
 * Claims a job.
 * @throws FdlError `delegation-busy`: somebody else claimed it just now, and has not submitted it yet
 */
export async function claim(options: ClaimOptions): Promise<Claim> {
  const { bucket, key, jobName, clock, delay = pause, signal } = options;
  for (let waited = 0; ; waited += POLL_MS) {
    const claimed = JSON.stringify({ state: 'claimed', jobName, at: clock() } satisfies Marker);
    if (await bucket.put(key, claimed, 'absent')) return { kind: 'ours', fresh: true };
    const known = await bucket.get(key);
    const marker = known && readMarker(known);
    if (marker?.jobId !== undefined) return { kind: 'submitted', jobId: marker.jobId };
    const dead = marker === undefined || clock() - marker.at >= CLAIM_MS;
    // Two who find the same dead claim do not both take it over: the second one's entity tag is not right any more.
    if (known && dead && (await bucket.put(key, claimed, { etag: known.etag })))
      return { kind: 'ours', fresh: false };
    if (waited >= PATIENCE_MS) throw busy(jobName);
    await delay(POLL_MS, signal);
  }
}

/** Notes that the job is submitted. */
export async function noteSubmitted(
  { bucket, key, jobName, clock }: ClaimOptions,
  jobId: string,
): Promise<void> {
  const marker: Marker = { state: 'submitted', jobName, at: clock(), jobId };
  await bucket.put(key, JSON.stringify(marker), 'always');
}

/** Gives a claim back: the next one need not wait until it is old. */
export async function giveBack({ bucket, key, jobName }: ClaimOptions): Promise<void> {
  const marker: Marker = { state: 'claimed', jobName, at: 0 };
  await bucket.put(key, JSON.stringify(marker), 'always');
}

/** Nothing if it is no marker. */
function readMarker({ content }: Stored): Pick<Marker, 'at' | 'jobId'> | undefined {
  const fields = asObject(parseJson(content)?.value);
  const at = asNumber(fields?.['at']);
  const jobId = fields?.['state'] === 'submitted' ? asText(fields['jobId']) : undefined;
  return at === undefined ? undefined : { at, ...(jobId !== undefined && { jobId }) };
}

function busy(jobName: string): FdlError {
  return new FdlError('delegation-busy', `somebody else is about to submit the job "${jobName}"`, {
    hint: 'The event will be delivered again.',
  });
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<unknown> {
  return wait(ms, undefined, signal && { signal });
}

// The few calls to S3 that keeping markers takes.

interface Stored {
  readonly content: string;
  /** As the server writes it, with its quotes. */
  readonly etag: string;
}

/** When to write: always, only where nothing is, or only over what is known. */
type Condition = 'always' | 'absent' | { readonly etag: string };

export interface Bucket {
  /** Nothing where there is no such object. */
  get(key: string): Promise<Stored | undefined>;
  /** Answers whether it was written: it is not where the condition does not hold. */
  put(key: string, content: string, condition: Condition): Promise<boolean>;
}

const NOT_FOUND = 404;
/** The condition does not hold, or somebody else writes the same key just now. */
const NOT_MET: readonly number[] = [412, 409];

/** A bucket of S3. All methods reject as `AwsSend` does. */
export function openBucket(bucket: string, send: AwsSend, signal: AbortSignal | undefined): Bucket {
  const call = (key: string) => ({ service: 's3', bucket, path: pathOf(key), signal }) as const;
  return {
    get: async (key) => {
      const reply = await statusOr(send({ ...call(key), operation: 'GetObject', method: 'GET' }), [
        NOT_FOUND,
      ]);
      return reply && { content: reply.body, etag: String(reply.headers['etag'] ?? '') };
    },
    put: async (key, body, condition) => {
      const headers = { 'content-type': 'application/json', ...conditionHeaders(condition) };
      const put = { ...call(key), operation: 'PutObject', method: 'PUT', headers, body } as const;
      // An object that went meanwhile is answered with 404 where its entity tag was asked for.
      const notMet =
        condition === 'always' ? [] : typeof condition === 'object' ? [...NOT_MET, NOT_FOUND] : NOT_MET;
      return (await statusOr(send(put), notMet)) !== undefined;
    },
  };
}

function conditionHeaders(condition: Condition): Readonly<Record<string, string>> {
  if (condition === 'always') return {};
  return condition === 'absent' ? { 'if-none-match': '*' } : { 'if-match': condition.etag };
}

/** The answer, or nothing where it has one of these codes, unless it says that there is no such bucket. */
async function statusOr<T>(answer: Promise<T>, codes: readonly number[]): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    const expected = thrown instanceof CallError && codes.includes(thrown.status);
    if (expected && thrown.awsCode !== 'NoSuchBucket') return undefined;
    throw thrown;
  }
}

/** Encoded as the signature of S3 wants it. */
function pathOf(key: string): string {
  const encode = (name: string) =>
    encodeURIComponent(name).replace(
      /[!'()*]/g,
      (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  return `/${key.split('/').map(encode).join('/')}`;
}
