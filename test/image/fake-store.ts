/** What a fake registry holds, and how it answers by it: as CNCF Distribution does. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Content: bytes, or a generator of them for what is too large to keep. */
export type Content = Buffer | { readonly size: number; readonly generate: () => Iterable<Buffer> };

export interface Manifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

export interface StoreOptions {
  /** Answers 202 to every mount. */
  readonly refuseMounts?: boolean;
  /** Leaves out the header Docker-Content-Digest. */
  readonly hideDigests?: boolean;
  /** Refuses to point a tag to something else. */
  readonly immutableTags?: boolean;
}

/** The body of a request. */
export interface Received {
  readonly digest: string;
  readonly size: number;
  /** Absent for what is too large to keep. */
  readonly bytes?: Buffer;
}

export interface Question {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Received | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly content?: Content;
}

export interface FakeStore {
  /** Stores a blob and answers its digest. */
  addBlob(repository: string, content: Content): string;
  addManifest(repository: string, tag: string | undefined, mediaType: string, value: object): string;
  hasBlob(repository: string, digest: string): boolean;
  blob(repository: string, digest: string): Buffer;
  manifest(repository: string, reference: string): Manifest | undefined;
}

interface State {
  readonly blobs: Map<string, Content>;
  readonly manifests: Map<string, Manifest>;
  readonly tags: Map<string, string>;
  /** Open uploads: the repository by the id. */
  readonly uploads: Map<string, string>;
  readonly options: StoreOptions;
}

/** An empty store. */
export function openStore(
  options: StoreOptions,
): FakeStore & { readonly reply: (question: Question) => Reply } {
  const state: State = {
    blobs: new Map(),
    manifests: new Map(),
    tags: new Map(),
    uploads: new Map(),
    options,
  };
  return {
    addBlob: (repository, content) => {
      const digest = digestOf(bytesOf(content));
      state.blobs.set(`${repository}@${digest}`, content);
      return digest;
    },
    addManifest: (repository, tag, mediaType, value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      return store(state, repository, tag, { mediaType, bytes });
    },
    hasBlob: (repository, digest) => state.blobs.has(`${repository}@${digest}`),
    blob: (repository, digest) =>
      Buffer.concat([...bytesOf(state.blobs.get(`${repository}@${digest}`) ?? missing(digest))]),
    manifest: (repository, reference) => find(state, repository, reference),
    reply: (question) => replyTo(state, question),
  };
}

/** The chunks of content. */
export function bytesOf(content: Content): Iterable<Buffer> {
  return Buffer.isBuffer(content) ? [content] : content.generate();
}

/** The body of an error. */
export function errors(code: string): string {
  return JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
}

function missing(digest: string): never {
  throw new Error(`no blob ${digest}`);
}

function digestOf(chunks: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function store(state: State, repository: string, tag: string | undefined, manifest: Manifest): string {
  const digest = digestOf([manifest.bytes]);
  state.manifests.set(`${repository}@${digest}`, manifest);
  if (tag !== undefined) state.tags.set(`${repository}:${tag}`, digest);
  return digest;
}

function find(state: State, repository: string, reference: string): Manifest | undefined {
  const digest = reference.includes(':') ? reference : state.tags.get(`${repository}:${reference}`);
  return digest === undefined ? undefined : state.manifests.get(`${repository}@${digest}`);
}

function failure(status: number, code: string): Reply {
  return { status, content: Buffer.from(errors(code)), headers: { 'content-type': 'application/json' } };
}

function replyTo(state: State, question: Question): Reply {
  const url = new URL(question.path, 'http://registry');
  if (url.pathname === '/v2/') return { status: 200 };
  const [, repository = '', kind, rest = ''] =
    /^\/v2\/(.+?)\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? [];
  if (kind === 'manifests') return manifestReply(state, question, repository, rest);
  if (rest.startsWith('uploads/'))
    return uploadReply(state, question, repository, rest.slice('uploads/'.length), url);
  const content = state.blobs.get(`${repository}@${rest}`);
  if (kind !== 'blobs' || !['GET', 'HEAD'].includes(question.method)) return failure(405, 'UNSUPPORTED');
  return content ? { status: 200, content } : failure(404, 'BLOB_UNKNOWN');
}

function manifestReply(state: State, question: Question, repository: string, reference: string): Reply {
  const { method, headers, body } = question;
  if (method === 'PUT') {
    const mediaType = headers['content-type'] ?? '';
    const bytes = body?.bytes ?? Buffer.alloc(0);
    const wanted = references(bytes);
    if (wanted.some((digest) => !state.blobs.has(`${repository}@${digest}`)))
      return failure(400, 'MANIFEST_BLOB_UNKNOWN');
    const known = state.tags.get(`${repository}:${reference}`);
    if (known && known !== digestOf([bytes]) && state.options.immutableTags)
      return failure(400, 'TAG_INVALID');
    const digest = store(state, repository, reference.includes(':') ? undefined : reference, {
      mediaType,
      bytes,
    });
    return { status: 201, headers: { 'docker-content-digest': digest } };
  }
  const found = find(state, repository, reference);
  if (!found) return failure(404, 'MANIFEST_UNKNOWN');
  const accepted = String(headers.accept ?? '').split(/,\s*/);
  // Real registries then try to convert, or refuse.
  if (!accepted.includes(found.mediaType)) return failure(404, 'MANIFEST_UNKNOWN');
  const digest = state.options.hideDigests ? {} : { 'docker-content-digest': digestOf([found.bytes]) };
  return { status: 200, content: found.bytes, headers: { 'content-type': found.mediaType, ...digest } };
}

function references(bytes: Buffer): readonly string[] {
  const { config, layers = [] } = JSON.parse(bytes.toString());
  return [config, ...layers].filter(Boolean).map(({ digest }) => digest);
}

function uploadReply(state: State, question: Question, repository: string, id: string, url: URL): Reply {
  const { method, body } = question;
  if (method === 'POST') {
    const [mount, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
    const content = state.blobs.get(`${from}@${mount}`);
    if (content && !state.options.refuseMounts) {
      state.blobs.set(`${repository}@${mount}`, content);
      return { status: 201 };
    }
    const session = `session-${state.uploads.size + 1}-${Math.random().toString(36).slice(2)}`;
    state.uploads.set(session, repository);
    return {
      status: 202,
      headers: { location: `/v2/${repository}/blobs/uploads/${session}?_state=a%2Fb~c%3D` },
    };
  }
  // Distribution signs this part; a client that writes it in another way has changed it.
  if (!url.search.startsWith('?_state=a%2Fb~c%3D&')) return failure(400, 'BLOB_UPLOAD_INVALID');
  if (method !== 'PUT') return failure(405, 'UNSUPPORTED');
  if (state.uploads.get(id) !== repository) return failure(404, 'BLOB_UPLOAD_UNKNOWN');
  if (!body || body.digest !== url.searchParams.get('digest')) return failure(400, 'DIGEST_INVALID');
  state.uploads.delete(id);
  state.blobs.set(`${repository}@${body.digest}`, body.bytes ?? { size: body.size, generate: () => [] });
  return { status: 201 };
}
