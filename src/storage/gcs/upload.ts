/** Uploads to Google Cloud Storage. */
import { asText } from '../../json.ts';
import { withRetry } from '../../retry.ts';
import { StorageError } from '../error.ts';
import { discard } from '../http.ts';
import { checkUpload, sending, sizeOf } from '../http-body.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';
import type { ObjectInfo, TransferOptions } from '../storage.ts';
import { FIELDS, infoOf, type Located, md5Of, resourceOf, subjectOf } from './server.ts';

/** Sends a file; what the server holds then is compared with it. */
export async function upload(file: string, located: Located, options: TransferOptions): Promise<ObjectInfo> {
  const { server, subject } = located;
  const size = await sizeOf(file);
  const put = size > server.partBytes ? putInParts : putAtOnce;
  return withRetry(
    async () => {
      const resource = resourceOf(await put(file, size, located, options), subject);
      const info = infoOf(resource);
      await checkUpload(file, size, { size: info.size, digest: md5Of(asText(resource['md5Hash'])) }, subject);
      return info;
    },
    { signal: options.signal },
  );
}

const TYPE = 'application/octet-stream';

function uploadUrl({ server, bucket, key }: Located, uploadType: string): string {
  const query = new URLSearchParams({ uploadType, name: key, fields: FIELDS });
  return `${server.base}/upload/storage/v1/b/${encodeURIComponent(bucket)}/o?${query}`;
}

/** An upload to a bucket that is not there is answered as one to an object would be. */
function ofBucket({ server, bucket }: Located): HttpSubject {
  return subjectOf(server, bucket);
}

async function putAtOnce(
  file: string,
  size: number,
  located: Located,
  options: TransferOptions,
): Promise<string> {
  const { server, subject } = located;
  const { body, takeBack } = sending({ file, start: 0, length: size }, options);
  const headers = { 'content-type': TYPE, 'content-length': String(size) };
  const [secret, url, { signal }] = [await server.secret(subject), uploadUrl(located, 'media'), options];
  const request = { method: 'POST', url, headers, secret, body, subject: ofBucket(located), signal };
  try {
    return (await server.http.text(request)).text;
  } catch (thrown) {
    takeBack();
    throw thrown;
  }
}

/** Rule: https://cloud.google.com/storage/docs/performing-resumable-uploads; 308 says that more is to come. */
async function putInParts(
  file: string,
  size: number,
  located: Located,
  options: TransferOptions,
): Promise<string> {
  const { server, subject } = located;
  const { signal } = options;
  const headers = {
    'x-upload-content-type': TYPE,
    'x-upload-content-length': String(size),
    'content-length': '0',
  };
  const [secret, url] = [await server.secret(subject), uploadUrl(located, 'resumable')];
  const begun = await server.http.send({
    method: 'POST',
    url,
    headers,
    secret,
    subject: ofBucket(located),
    signal,
  });
  discard(begun);
  const { location = '' } = begun.headers;
  if (!URL.canParse(location, url)) throw wrongAnswer('it names no place to send the parts to', subject);
  const session = new URL(location, url).href;
  const undo: (() => void)[] = [];
  try {
    for (let start = 0; ; start += server.partBytes) {
      const length = Math.min(server.partBytes, size - start);
      const { body, takeBack } = sending({ file, start, length }, options);
      undo.push(takeBack);
      const range = `bytes ${start}-${start + length - 1}/${size}`;
      const part = { 'content-length': String(length), 'content-range': range };
      const { answer, text } = await server.http.text({
        method: 'PUT',
        url: session,
        headers: part,
        body,
        subject,
        signal,
        accept: [308],
      });
      if (answer.status !== 308) return text;
      // All of a part is kept, or the upload starts over.
      if (answer.headers['range'] !== `bytes=0-${start + length - 1}` || start + length >= size)
        throw new StorageError('storage-failed', `an upload to ${server.base} lost a part`, {
          retryable: true,
        });
    }
  } catch (thrown) {
    for (const takeBack of undo) takeBack();
    await server.http
      .sendOnce({ method: 'DELETE', url: session, subject, accept: [499] })
      .then(discard, () => undefined);
    throw thrown;
  }
}
