/** Signs requests to AWS (signature version 4). */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { KeySource } from './credentials.ts';

interface SignableRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

interface SigningScope {
  readonly service: string;
  readonly region: string;
  readonly keys: KeySource;
}

/** The headers of a request with those of its signature. Rejects with what the source of keys rejects with. */
export async function signedHeaders(
  { url, method, headers, body }: SignableRequest,
  { service, region, keys }: SigningScope,
): Promise<Readonly<Record<string, string>>> {
  const signer = new SignatureV4({
    service,
    region,
    credentials: keys,
    sha256: Sha256,
    // The paths of S3 are signed as they are sent, those of all other services encoded once more.
    uriEscapePath: service !== 's3',
  });
  const { protocol, hostname, port, pathname: path, host } = url;
  const signed = await signer.sign({
    method,
    protocol,
    hostname,
    ...(port !== '' && { port: Number(port) }),
    path,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host },
    body,
  });
  return signed.headers;
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, keyed if there is a key, in the form that the signer wants. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(key?: Bytes) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }

  update(part: Bytes): void {
    this.#hash.update(bytesOf(part));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  /** Part of the form; the signer makes a new one instead. */
  reset(): void {
    throw new Error('not supported');
  }
}

function bytesOf(part: Bytes): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part);
  return ArrayBuffer.isView(part)
    ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
    : new Uint8Array(part);
}
