/** Reads the layers of a runtime image, and saves those files that Node may need. */
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { bounded } from '../../bounds.ts';
import { FdlError, messageOf } from '../../errors.ts';
import { withRetry } from '../../retry.ts';
import { allDone, openSlots } from '../../slots.ts';
import { verified } from '../digest.ts';
import { RegistryError } from '../error.ts';
import type { Descriptor } from '../manifest.ts';
import { openBlob } from '../registry/blobs.ts';
import type { RegistryClient } from '../registry/client.ts';
import type { Repository } from '../registry/endpoint.ts';
import { readTar, type TarEntry } from '../tar/reader.ts';
import { mergeLayers, type Tree, type TreeEntry } from './tree.ts';

/** Layers that are read at the same time. */
const LAYERS = 3;

/** Node itself, also under the name that Debian gives it. */
const PROGRAM = /(^|\/)bin\/(node|nodejs)$/;
/** Libraries where loaders look for them: `lib` folders and those of one architecture in them. */
const LIBRARY = /(^|\/)lib(32|64|x32)?(\/[^/]+)?\/[^/]+\.so(\.[^/]*)?$/;
/** Their terms: in the folder above Node's, and where Debian has them. */
const LICENCE =
  /^(([^/]+\/){0,3}LICENSE|usr\/share\/(doc\/(nodejs|libc6|lib(stdc\+\+|gcc|atomic)[^/]*|gcc-[^/]+)\/copyright|common-licenses\/L?GPL-[0-9.]+))$/;

/**
 * The files of an image; programs called `node`, libraries and their licences are saved in `folder`.
 * @throws RegistryError `image-not-found`, `image-denied`, `registry-failed`
 */
export async function scanImage(
  client: RegistryClient,
  at: Repository,
  layers: readonly Descriptor[],
  folder: string,
): Promise<Tree> {
  const slot = openSlots(LAYERS);
  const scanned = layers.map((layer, index) => {
    const scan = () => scanLayer(client, at, layer, path.join(folder, `${index}-`));
    return slot(() => withRetry(scan, client.retry));
  });
  return mergeLayers(await allDone(scanned));
}

async function scanLayer(
  client: RegistryClient,
  at: Repository,
  layer: Descriptor,
  prefix: string,
): Promise<readonly TreeEntry[]> {
  const blob = Readable.from(verified(await openBlob(client, at, layer.digest, 1), layer));
  // Pipelines end with what ending them early does to their streams, not with why.
  let over: FdlError | undefined;
  const fail = () => {
    over = tooMuch(layer);
    return over;
  };
  const scan = (archive: AsyncIterable<Uint8Array>) =>
    scanArchive(bounded(archive, { bytes: mostOf(layer), ms: LONGEST_SCAN }, fail), prefix);
  try {
    // A media type ends in `+gzip` (OCI) or `.gzip` (Docker), or the archive is not packed.
    if (!layer.mediaType.endsWith('gzip')) return await pipeline(blob, scan);
    return await pipeline(blob, createGunzip(), scan);
  } catch (error) {
    if (over) throw over;
    if (error instanceof FdlError) throw error;
    // Damage is often noticed before the end of the layer, where its digest would tell.
    const message = `the layer ${layer.digest} of ${at.repository} cannot be read: ${messageOf(error)}`;
    throw new RegistryError('registry-failed', message, { retryable: true, cause: error });
  }
}

const MIB = 1024 * 1024;
/** A layer may unpack into this many times its size: programs and texts do into some ten times. */
const MOST_TIMES = 100;
/** Milliseconds to read a layer. */
const LONGEST_SCAN = 3_600_000;

/** Bytes that a layer may unpack into: small ones may have more air in them. */
function mostOf({ size }: Descriptor): number {
  return Math.max(64 * MIB, MOST_TIMES * size);
}

function tooMuch({ digest, size }: Descriptor): FdlError {
  const message = `the layer ${digest} of ${size} bytes does not end when it is unpacked`;
  const hint = 'Try again; if it stays so, the registry or what stands before it is not to be trusted.';
  return new FdlError('runtime-invalid', message, { hint });
}

async function scanArchive(
  archive: AsyncIterable<Uint8Array>,
  prefix: string,
): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of readTar(archive)) {
    const { path: name, kind, target } = entry;
    const file = isWanted(entry) ? `${prefix}${entries.length}` : undefined;
    if (file !== undefined) await pipeline(Readable.from(entry.content()), createWriteStream(file));
    entries.push({ path: name, kind, target, ...(file !== undefined && { file }) });
  }
  return entries;
}

function isWanted({ kind, path: name }: TarEntry): boolean {
  return kind === 'file' && [PROGRAM, LIBRARY, LICENCE].some((each) => each.test(name));
}
