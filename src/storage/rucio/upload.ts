/**
 * Uploads to a storage element and their registration in Rucio. As with `register_after_upload` of Rucio's own client, the
 * content is there before its name is, so that nobody sees half of it.
 */
import { asNumber, asObject, asText, parseJson } from '../../json.ts';
import { digestsOf } from '../digests.ts';
import { StorageError } from '../error.ts';
import { sizeOf } from '../http-body.ts';
import { type HttpSubject, wrongAnswer } from '../http-error.ts';
import type { ObjectInfo, TransferOptions } from '../storage.ts';
import {
  element,
  type FileOfRucio,
  infoOf,
  metaOf,
  post,
  type RucioServer,
  replicasOf,
  SCHEMES,
  subjectOf,
} from './server.ts';

/** Stores a file on the element of the file, and registers it with a rule that keeps it there. */
export async function upload(
  server: RucioServer,
  file: string,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  options: TransferOptions,
): Promise<ObjectInfo> {
  const { signal } = options;
  const subject = subjectOf(server, bucket, key);
  const size = await sizeOf(file);
  const [adler32 = '', md5 = ''] = await digestsOf(file, ['adler32', 'md5']);
  const known = await metaOf(server, subject, signal);
  if (known && isOther(known, { size, adler32 })) throw taken(subject);
  if (known && (await replicasOf(server, subject, signal)).some(({ rse }) => rse === server.rse)) {
    options.onBytes?.(size);
    return infoOf(known);
  }
  const at = await element(server, await placeFor(server, subject, signal), subject);
  await at.storage.upload(file, at.bucket, at.key, options);
  const did = { scope: bucket, name: key };
  try {
    const replica = { ...did, bytes: size, adler32, md5, state: 'A', meta: {} };
    await post(server, '/replicas', { rse: server.rse, files: [replica] }, subjectOf(server, bucket), signal);
    if (!known) await keep(server, did, subject, signal);
  } catch (thrown) {
    // Nobody knows of it, and nothing would ever remove it.
    const registered = await metaOf(server, subject).catch(() => known);
    if (!registered) await at.storage.remove(at.bucket, at.key).catch(() => undefined);
    throw thrown;
  }
  return infoOf({ name: key, size, adler32, md5, created: new Date() });
}

function isOther(
  known: FileOfRucio,
  { size, adler32 }: { readonly size: number; readonly adler32: string },
): boolean {
  return known.size !== size || (known.adler32 !== '' && known.adler32.padStart(8, '0') !== adler32);
}

function taken({ bucket, key, server }: HttpSubject): StorageError {
  const message = `"${key}" in scope "${bucket}" at ${server} is another file already, and Rucio never changes one`;
  return new StorageError('storage-failed', message, { hint: 'Store it under another name.' });
}

/** Without a rule, Rucio may remove a copy at any time. */
async function keep(
  server: RucioServer,
  did: object,
  subject: HttpSubject,
  signal?: AbortSignal,
): Promise<void> {
  const rule = { dids: [did], copies: 1, rse_expression: server.rse, account: server.account };
  await post(server, '/rules/', rule, subject, signal);
}

/** Where the element wants the file to be. */
async function placeFor(server: RucioServer, subject: HttpSubject, signal?: AbortSignal) {
  const { rse } = server;
  const scheme = await schemeOf(server, subject, signal);
  const lfn = `${subject.bucket}:${subject.key}`;
  const query = new URLSearchParams({ lfn, operation: 'write', domain: 'wan', scheme });
  const path = `/rses/${encodeURIComponent(rse)}/lfns2pfns?${query}`;
  const { text } = await server.ask({ method: 'GET', path, subject, signal });
  const url = asText(asObject(parseJson(text)?.value)?.[lfn]);
  if (url === undefined) throw wrongAnswer('it names no place for the file', subject);
  return { url, rse };
}

/** The scheme by which the element is written to, of those that are spoken here. */
async function schemeOf(server: RucioServer, subject: HttpSubject, signal?: AbortSignal): Promise<string> {
  const path = `/rses/${encodeURIComponent(server.rse)}`;
  const { answer, text } = await server.ask({ method: 'GET', path, subject, signal, accept: [404] });
  const unusable = (why: string) =>
    new StorageError(
      'storage-failed',
      `the element "${server.rse}" of ${server.base} cannot be written to: ${why}`,
      {
        hint: 'Name another storage element as "rse"; `rucio rse list` lists them.',
      },
    );
  if (answer.status === 404) throw unusable('there is none of this name');
  const json = asObject(parseJson(text)?.value);
  if (json?.['availability_write'] === false) throw unusable('it is closed for now');
  const protocols = [json?.['protocols'] ?? []].flat().flatMap((each) => {
    const protocol = asObject(each);
    const scheme = asText(protocol?.['scheme']) ?? '';
    // 0 says that it is not for that.
    const rank = asNumber(asObject(asObject(protocol?.['domains'])?.['wan'])?.['write']) ?? 0;
    return scheme in SCHEMES && rank > 0 ? [{ scheme, rank }] : [];
  });
  const [best] = protocols.sort((a, b) => a.rank - b.rank);
  if (!best) throw unusable('it is not reached by WebDAV');
  return best.scheme;
}
