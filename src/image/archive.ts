/**
 * An image in a file, as `docker save`, `podman save` and `skopeo copy` write it, packed with gzip or not. It is read as if a
 * registry had it. Rules: "Image Layout" of the OCI image specification; for `manifest.json` the Docker image
 * specification, https://github.com/moby/docker-image-spec/blob/main/spec.md ("Combined Image JSON + Filesystem Changeset
 * Format").
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FdlError, messageOf } from '../errors.ts';
import { asObject, asText, parseJson } from '../json.ts';
import { digestOf } from './digest.ts';
import { type Descriptor, OWN_FAMILY } from './manifest.ts';
import type { Answer, RegistryCall, RegistryClient } from './registry/client.ts';
import { readTar } from './tar/reader.ts';

/**
 * A client that has the image of a file, whatever it is asked for.
 * Its calls reject with FdlError `image-archive`: there is no such file, or no single image in it.
 */
export function archiveClient(client: RegistryClient, file: string): RegistryClient {
  const opened = () =>
    client.memory ? client.memory(`archive ${file}`, () => openArchive(file)) : openArchive(file);
  return {
    ...client,
    hostOf: () => `archive ${file}`,
    call: async (call) => answer(await opened(), call, file),
  };
}

interface Part {
  readonly offset: number;
  readonly size: number;
}

interface Archive {
  /** The manifest of the image, or the index of it. */
  readonly top: { readonly digest: string; readonly mediaType: string };
  /** Manifests that were made here. */
  readonly made: ReadonlyMap<string, Buffer>;
  readonly blobs: ReadonlyMap<string, Part>;
  open(part: Part): Readable;
}

function answer(
  archive: Archive,
  { method, path: wanted, expected, subject }: RegistryCall,
  file: string,
): Answer {
  const [kind, name = ''] = wanted.split('/');
  const isTop = kind === 'manifests' && !name.includes(':');
  const digest = isTop ? archive.top.digest : name;
  const made = archive.made.get(digest);
  const part = archive.blobs.get(digest);
  const missing = { status: 404, headers: {}, body: Readable.from([]), url: file };
  if (!made && !part) {
    if (expected.includes(404)) return missing;
    throw wrong(file, `${subject} is not in it`);
  }
  const body = made ? Readable.from([made]) : archive.open(part as Part);
  const type = isTop || digest === archive.top.digest ? { 'content-type': archive.top.mediaType } : {};
  if (method === 'HEAD') body.destroy();
  return { status: 200, headers: { 'docker-content-digest': digest, ...type }, body, url: file };
}

async function openArchive(file: string): Promise<Archive> {
  try {
    const source = await plainSource(file);
    return await readArchive(source, file);
  } catch (thrown) {
    if (thrown instanceof FdlError) throw thrown;
    throw wrong(file, messageOf(thrown), thrown);
  }
}

function wrong(file: string, why: string, cause?: unknown): FdlError {
  const hint = 'Write it anew: docker save -o image.tar NAME, or podman save -o image.tar NAME.';
  return new FdlError('image-archive', `"${file}" is no archive of one image: ${why}`, { hint, cause });
}

/** Opens a part of an archive that is not packed; the whole of it without one. */
type Source = (part?: Part) => Readable;

/** What is packed is unpacked first, into a file that is gone when this program ends. */
async function plainSource(file: string): Promise<Source> {
  await stat(file);
  if (!(await isPacked(createReadStream(file, { end: 1 }))))
    return (part) => createReadStream(file, range(part));
  const folder = await mkdtemp(path.join(tmpdir(), 'fdl-archive-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const plain = path.join(folder, 'image.tar');
  await pipeline(createReadStream(file), createGunzip(), createWriteStream(plain));
  return (part) => createReadStream(plain, range(part));
}

function range(part: Part | undefined) {
  return part && { start: part.offset, end: part.offset + part.size - 1 };
}

async function isPacked(content: Readable): Promise<boolean> {
  for await (const chunk of content) return chunk[0] === 0x1f && chunk[1] === 0x8b;
  return false;
}

async function readArchive(source: Source, file: string): Promise<Archive> {
  const open = (part: Part) => (part.size === 0 ? Readable.from([]) : source(part));
  const parts = await partsOf(source());
  const index = parts.get('index.json');
  if (index) return layout(parts, await json(open(index), index, file), open, file);
  const list = parts.get('manifest.json');
  if (list) return saved(parts, await json(open(list), list, file), open, file);
  throw wrong(file, 'it has neither "index.json" nor "manifest.json"');
}

/** Files by their names; links are what they lead to. */
async function partsOf(content: AsyncIterable<Uint8Array>): Promise<ReadonlyMap<string, Part>> {
  const parts = new Map<string, Part>();
  const links = new Map<string, string>();
  for await (const { path: name, kind, size, offset, target } of readTar(content)) {
    if (kind === 'file') parts.set(name, { offset, size });
    if (kind === 'hardlink') links.set(name, target);
    if (kind === 'symlink') links.set(name, path.posix.join(path.posix.dirname(name), target));
  }
  for (const [name, target] of links) {
    const part = parts.get(target);
    if (part) parts.set(name, part);
  }
  return parts;
}

/** Bytes: far more than any list of images. */
const LONGEST_JSON = 4 * 1024 * 1024;

async function json(content: Readable, { size }: Part, file: string): Promise<unknown> {
  if (size > LONGEST_JSON) throw wrong(file, 'its list of images is too long');
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return parseJson(Buffer.concat(chunks).toString('utf8'))?.value;
}

/** An image layout of OCI, which Docker writes as well since its release 25. */
function layout(
  parts: ReadonlyMap<string, Part>,
  index: unknown,
  open: Archive['open'],
  file: string,
): Archive {
  const manifests = asObject(index)?.['manifests'];
  const [only, ...more] = Array.isArray(manifests) ? manifests.map(asObject) : [];
  const digest = asText(only?.['digest']);
  if (digest === undefined || more.length > 0)
    throw wrong(file, `it has ${more.length > 0 ? 'several' : 'none'}`);
  const blobs = [...parts].flatMap(([name, part]) => {
    const [, algorithm, hash] = /^blobs\/([a-z0-9]+)\/([a-f0-9]+)$/.exec(name) ?? [];
    return hash ? [[`${algorithm}:${hash}`, part] as const] : [];
  });
  const mediaType = asText(only?.['mediaType']) ?? OWN_FAMILY.manifest;
  return { top: { digest, mediaType }, made: new Map(), blobs: new Map(blobs), open };
}

/** What Docker wrote before, and podman does: layers by their names, and no manifest as registries have it. */
async function saved(
  parts: ReadonlyMap<string, Part>,
  list: unknown,
  open: Archive['open'],
  file: string,
): Promise<Archive> {
  const [only, ...more] = Array.isArray(list) ? list.map(asObject) : [];
  const { Config, Layers } = only ?? {};
  if (!Array.isArray(Layers) || more.length > 0)
    throw wrong(file, `it has ${more.length > 0 ? 'several' : 'none'}`);
  const part = (name: unknown): Part => {
    const found = parts.get(path.posix.normalize(String(name)));
    if (!found) throw wrong(file, `"${name}" is missing`);
    return found;
  };
  const blobs = new Map<string, Part>();
  const describe = async (name: unknown, mediaType: string, packedType = mediaType): Promise<Descriptor> => {
    const blob = part(name);
    const packed = await isPacked(open(blob));
    const digest = await hashOf(open(blob));
    blobs.set(digest, blob);
    return { mediaType: packed ? packedType : mediaType, digest, size: blob.size };
  };
  const config = await describe(Config, OWN_FAMILY.config);
  const layers: Descriptor[] = [];
  for (const layer of Layers) layers.push(await describe(layer, OWN_FAMILY.plainLayer, OWN_FAMILY.layer));
  const manifest = { schemaVersion: 2, mediaType: OWN_FAMILY.manifest, config, layers };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(bytes);
  return { top: { digest, mediaType: OWN_FAMILY.manifest }, made: new Map([[digest, bytes]]), blobs, open };
}

async function hashOf(content: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}
