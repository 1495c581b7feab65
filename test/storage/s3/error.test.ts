import { describe, expect, it } from 'vitest';
import { StorageError } from '../../../src/storage/error.ts';
import { s3Error } from '../../../src/storage/s3/error.ts';

const SUBJECT = { bucket: 'b', key: 'k' };

function answered(status: number, name: string): Error {
  return Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status } });
}

function broken(code: string): Error {
  return Object.assign(new Error(''), { code });
}

describe('s3Error', () => {
  it.each([
    answered(503, 'SlowDown'),
    answered(500, 'InternalError'),
    answered(429, 'TooManyRequestsException'),
    answered(400, 'RequestTimeout'),
    answered(409, 'OperationAborted'),
    broken('ECONNRESET'),
    broken('EPIPE'),
    broken('ECONNREFUSED'),
    broken('ERR_STREAM_PREMATURE_CLOSE'),
    Object.assign(new Error('idle'), { name: 'TimeoutError' }),
  ])('may be tried again: $name $code', (thrown) => {
    expect(s3Error(thrown, SUBJECT)).toMatchObject({ code: 'storage-failed', retryable: true });
  });

  it.each([
    answered(403, 'AccessDenied'),
    answered(404, 'NoSuchBucket'),
    answered(404, 'NoSuchKey'),
    answered(400, 'InvalidRequest'),
    answered(301, 'PermanentRedirect'),
    broken('ENOTFOUND'),
    broken('DEPTH_ZERO_SELF_SIGNED_CERT'),
    new TypeError('a bug'),
  ])('stays as it is: $name $code', (thrown) => {
    expect(s3Error(thrown, SUBJECT)).toMatchObject({ retryable: false, cause: thrown });
  });

  it('tells what to do where credentials are missing', () => {
    const thrown = Object.assign(new Error('Could not load'), { name: 'CredentialsProviderError' });
    expect(s3Error(thrown, SUBJECT)).toMatchObject({
      code: 'storage-denied',
      message: 'access to "k" in bucket "b" was denied: no credentials were found',
      hint: expect.stringContaining('AWS_PROFILE'),
    });
  });

  it('names a connection failure that has no message by its code', () => {
    expect(s3Error(broken('ECONNREFUSED'), { bucket: 'b', endpoint: 'http://h' })).toMatchObject({
      message: 'bucket "b" at http://h could not be used: the server refuses the connection (ECONNREFUSED)',
    });
  });

  it('keeps errors of ours, and the reason of an abort', () => {
    const own = new StorageError('storage-failed', 'x');
    expect(s3Error(own, SUBJECT)).toBe(own);
    const signal = AbortSignal.abort('why');
    expect(s3Error(answered(500, 'x'), SUBJECT, signal)).toBe('why');
  });
});
