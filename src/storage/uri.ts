/** Storage URIs: FDL's `storage_provider` and `path` joined, `minio.my_minio://bucket/key`. */
import { FdlError } from '../errors.ts';
import { STORE_KINDS, type StoreKind } from '../store-kinds.ts';

/** A place in a store, by the provider's kind and name as a file writes them. */
export interface StorageUri {
  readonly provider: StoreKind;
  /** Absent where the URI does not say it; `default` is meant then. */
  readonly name?: string;
  readonly bucket: string;
  /** Below the bucket; may be empty, and may end in a slash. */
  readonly key: string;
}

const EXAMPLE = 's3://my-bucket/input/file.txt, minio.my_minio://my-bucket/input';
const FORM = /^([A-Za-z0-9]+)(?:\.([^:/]*))?:\/\/([^/]*)(?:\/+(.*))?$/s;

/**
 * Reads a storage URI. The key is taken as it stands: nothing in it is decoded.
 * @throws FdlError `uri-invalid`
 */
export function parseUri(uri: string): StorageUri {
  const parsed = parseStoreUri(uri);
  if (parsed.bucket === '') throw invalid(uri, 'names no bucket');
  return parsed;
}

/**
 * The same where a store alone may be meant: `s3://` has no bucket.
 * @throws FdlError `uri-invalid`
 */
export function parseStoreUri(uri: string): StorageUri {
  const match = FORM.exec(uri);
  if (!match) throw invalid(uri, 'has not the form PROVIDER://BUCKET/KEY');
  const [, kind = '', name, bucket = '', key = ''] = match;
  const provider = STORE_KINDS.find((known) => known === kind.toLowerCase());
  if (!provider)
    throw invalid(uri, `names the unknown provider "${kind}" (known: ${STORE_KINDS.join(', ')})`);
  if (name === '') throw invalid(uri, 'has a dot without a name of a provider after it');
  return { provider, ...(name !== undefined && { name }), bucket, key };
}

function invalid(uri: string, why: string): FdlError {
  return new FdlError('uri-invalid', `the storage URI "${uri}" ${why}`, {
    hint: `Write it as in: ${EXAMPLE}.`,
    exitCode: 2,
  });
}

/** The URI that was meant by what lacks a slash of one, such as `s3:/bucket/key`; nothing for other words. */
export function meantUri(written: string): string | undefined {
  const [, store = '', kind = '', rest = ''] =
    /^(([a-z0-9]+)(?:\.[^:/]*)?):\/?([^/].*)$/i.exec(written) ?? [];
  return STORE_KINDS.some((known) => known === kind.toLowerCase()) ? `${store}://${rest}` : undefined;
}

/** The URI of an object in a store given by its id, such as `minio.my_minio`; the name `default` is left out. */
export function objectUri(storeId: string, bucket: string, key: string): string {
  const id = storeId.endsWith('.default') ? storeId.slice(0, -'.default'.length) : storeId;
  return `${id}://${bucket}${key === '' ? '' : `/${key}`}`;
}

/** Splits FDL's `path`: the first name is the bucket, the rest the folder in it, whatever slashes surround them. */
export function splitPath(path: string): { readonly bucket: string; readonly prefix: string } {
  const [bucket = '', ...rest] = path.replace(/^[\s/]+|[\s/]+$/g, '').split(/\/+/);
  return { bucket, prefix: rest.join('/') };
}
