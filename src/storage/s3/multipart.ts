/** Uploads to S3 in parts: several at a time, each repeated by itself; the object appears when all are there. */
import { createHash } from 'node:crypto';
import { withRetry } from '../../retry.ts';
import type { Stretch } from '../file-stretch.ts';
import { CHECKSUM_HEADER, checksumText, combinedCrc32, sha256Of } from './checksum.ts';
import { answerText, dropped, failureIn, headerOf, S3Failure, type S3Request, tagOf } from './http.ts';
import { type Sent, sendStretch, type Upload } from './stretch.ts';
import { findUnfinished, type Multipart } from './unfinished.ts';
import { element, escaped, readElement, textOf } from './xml.ts';

type Headers = Readonly<Record<string, string>>;

/** Uploads the stretches of a file as one object, which has these headers. Answers its tag. */
export async function uploadInParts(
  upload: Upload,
  headers: Headers,
  stretches: readonly Stretch[],
): Promise<string> {
  const found = await findUnfinished(upload, stretches);
  try {
    return await carryOut(upload, found ?? (await begin(upload, headers)), stretches);
  } catch (error) {
    // Whoever else goes on with it has ended it meanwhile.
    if (!found || failureOf(error)?.name !== 'NoSuchUpload') throw error;
    return carryOut(upload, await begin(upload, headers), stretches);
  }
}

async function carryOut(upload: Upload, begun: Multipart, stretches: readonly Stretch[]): Promise<string> {
  try {
    return await complete(upload, begun, stretches, await sendParts(upload, begun, stretches));
  } catch (error) {
    // Parts of an unfinished upload are kept, and paid for, until somebody gives it up.
    const query = { uploadId: begun.id };
    await upload.http
      .send({ operation: 'AbortMultipartUpload', ...upload.target, query })
      .then(dropped, ignore);
    throw error;
  }
}

function ignore(): void {}

/**
 * Asks for checksums of parts and of the whole; a server that knows none says nothing of them, or refuses to begin.
 * Rule: the API reference of CreateMultipartUpload, and that parts have no checksum that was not named then.
 */
async function begin(upload: Upload, headers: Headers): Promise<Multipart> {
  const start = (more: Headers) => {
    const query = { uploads: '' };
    const request = { operation: 'CreateMultipartUpload', query, headers: { ...headers, ...more } } as const;
    return answered(upload, request);
  };
  const { answer, result } = await start(WANTED).catch((error: unknown) => {
    if (!isUnknownThere(error)) throw error;
    return start({});
  });
  const id = textOf(result['UploadId']) ?? '';
  const offers = ['algorithm', 'type'].map((name) => headerOf(answer, `x-amz-checksum-${name}`));
  return { id, how: offers.join() === 'CRC32,FULL_OBJECT' ? 'checksum' : 'hash', sent: new Map() };
}

const WANTED = { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' };

/** What servers say to a header that they do not know. */
function isUnknownThere(error: unknown): boolean {
  const status = failureOf(error)?.details.status;
  return status === 400 || status === 501;
}

function failureOf(error: unknown): S3Failure | undefined {
  return error instanceof Error && error.cause instanceof S3Failure ? error.cause : undefined;
}

type Call = Omit<S3Request, 'bucket' | 'key' | 'signal'>;

/**
 * Makes a call, again where that may help, and reads its answer.
 * Rule: an error may come with the status of success, says the API reference of CompleteMultipartUpload.
 */
function answered({ http, target, options, failure }: Upload, call: Call) {
  const { signal } = options;
  const once = async () => {
    try {
      const answer = await http.send({ ...call, ...target, signal });
      const text = await answerText(answer, target.bucket);
      const result = readElement(text);
      if (!result) throw failureIn(text, { status: answer.status });
      return { answer, result };
    } catch (thrown) {
      throw failure(thrown);
    }
  };
  return withRetry(once, { signal });
}

/** Several parts at a time; the first failure stops the others. */
async function sendParts(
  upload: Upload,
  { id, how, sent }: Multipart,
  stretches: readonly Stretch[],
): Promise<readonly Sent[]> {
  const stop = new AbortController();
  const outer = upload.options.signal;
  const signal = outer ? AbortSignal.any([outer, stop.signal]) : stop.signal;
  const stoppable = { ...upload, options: { ...upload.options, signal } };
  const sending = stretches.map(async (stretch, index) => {
    const there = sent.get(index);
    if (there) {
      upload.options.onBytes?.(stretch.length);
      return there;
    }
    const query = { partNumber: index + 1, uploadId: id };
    const request = { operation: 'UploadPart', ...upload.target, query } as const;
    return sendStretch(stoppable, request, stretch, how);
  });
  try {
    return await Promise.all(sending);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(sending);
    throw error;
  }
}

/** Milliseconds: putting many parts together takes a server long. */
const PATIENCE = 600_000;

/** Makes the object of its parts. */
async function complete(
  upload: Upload,
  { id, how }: Multipart,
  stretches: readonly Stretch[],
  sent: readonly Sent[],
): Promise<string> {
  const body = Buffer.from(element('CompleteMultipartUpload', sent.map(partXml).join('')));
  const call: Call = {
    operation: 'CompleteMultipartUpload',
    query: { uploadId: id },
    headers: { 'content-type': 'application/xml', ...(how === 'checksum' && ofWhole(stretches, sent)) },
    payload: await sha256Of([body]),
    body: () => body,
    length: body.length,
    patience: PATIENCE,
  };
  const { result } = await answered(upload, call).catch(async (error: unknown) => {
    // The first answer may have been lost.
    if (failureOf(error)?.name === 'NoSuchUpload' && (await isThere(upload, sent)))
      return { result: { ETag: tagOfParts(sent) } };
    throw error;
  });
  return (textOf(result['ETag']) ?? '').replaceAll('"', '');
}

async function isThere(
  { http, target, options: { signal } }: Upload,
  sent: readonly Sent[],
): Promise<boolean> {
  const answer = await http.send({ operation: 'HeadObject', ...target, signal }).catch(() => undefined);
  return answer !== undefined && tagOf(dropped(answer)) === tagOfParts(sent);
}

/** The tag of an object of parts: the MD5 of their MD5s, which are their tags, and how many there are. */
function tagOfParts(sent: readonly Sent[]): string {
  const tags = Buffer.from(sent.map(({ etag }) => etag).join(''), 'hex');
  return `${createHash('md5').update(tags).digest('hex')}-${sent.length}`;
}

function partXml({ etag, sum }: Sent, index: number): string {
  const checksum = sum === undefined ? '' : element('ChecksumCRC32', checksumText(sum));
  const number = element('PartNumber', String(index + 1));
  return element('Part', `${number}${element('ETag', escaped(`"${etag}"`))}${checksum}`);
}

/** By this the server sees that all parts are there, in their order. */
function ofWhole(stretches: readonly Stretch[], sent: readonly Sent[]): Headers {
  const add = (sum: number, { length }: Stretch, index: number) =>
    combinedCrc32(sum, sent[index]?.sum ?? 0, length);
  return { [CHECKSUM_HEADER]: checksumText(stretches.reduce(add, 0)), 'x-amz-checksum-type': 'FULL_OBJECT' };
}
