/** The few calls to S3 that keeping markers takes. */
import { CallError } from '../aws/call-error.ts';
import type { AwsSend } from '../aws/send.ts';

export interface Stored {
  readonly content: string;
  /** As the server writes it, with its quotes. */
  readonly etag: string;
}

/** When to write: always, only where nothing is, or only over what is known. */
export type Condition = 'always' | 'absent' | { readonly etag: string };

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
