/** Files of this machine that go into an image as they are. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { FdlError, hasCode } from '../../errors.ts';
import type { TarSource } from '../tar/writer.ts';

/** The files of a payload, and a hash of their names and content. */
interface Payload {
  readonly sources: readonly TarSource[];
  readonly digest: string;
}

/**
 * Lists a folder, or a single file, to be put into the folder `target` of an archive.
 * @throws FdlError `payload-invalid`: it is not there, or has something else than files, folders and links within it
 */
export async function readPayload(source: string, target: string): Promise<Payload> {
  const found = await stat(source).catch((error) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw invalid(`the payload "${source}" does not exist`, 'Create it, or mend the path.');
  });
  const sources = found.isDirectory()
    ? [{ kind: 'directory', path: target } as const, ...(await below(source, source, target))]
    : [await fileSource(source, `${target}/${path.basename(source)}`)];
  return { sources, digest: await digestOf(sources) };
}

async function below(root: string, folder: string, target: string): Promise<readonly TarSource[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  // The order decides about the digest.
  const names = entries.map(({ name }) => name).sort();
  const nested: TarSource[] = [];
  for (const name of names) nested.push(...(await entry(root, path.join(folder, name), `${target}/${name}`)));
  return nested;
}

async function entry(root: string, at: string, target: string): Promise<readonly TarSource[]> {
  const found = await lstat(at);
  if (found.isFile()) return [await fileSource(at, target)];
  if (found.isDirectory()) return [{ kind: 'directory', path: target }, ...(await below(root, at, target))];
  if (found.isSymbolicLink()) return [await linkSource(root, at, target)];
  throw invalid(`"${at}" is neither a file nor a folder`, 'Remove it from the payload.');
}

async function fileSource(at: string, target: string): Promise<TarSource> {
  const { size, mode } = await stat(at);
  const executable = (mode & 0o100) !== 0;
  return { kind: 'file', path: target, executable, size, open: () => createReadStream(at) };
}

async function linkSource(root: string, at: string, target: string): Promise<TarSource> {
  const to = await readlink(at);
  const led = path.relative(root, path.resolve(path.dirname(at), to));
  if (path.isAbsolute(to) || led.split(path.sep)[0] === '..') {
    throw invalid(`the link "${at}" leads out of the payload, to "${to}"`, 'Put a copy of the file there.');
  }
  return { kind: 'symlink', path: target, target: to };
}

async function digestOf(sources: readonly TarSource[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    const { kind, path: name } = source;
    hash.update(JSON.stringify([kind, name, source.kind === 'symlink' ? source.target : '']));
    if (source.kind !== 'file') continue;
    hash.update(JSON.stringify([source.executable, source.size]));
    for await (const chunk of source.open()) hash.update(chunk);
  }
  return `sha256:${hash.digest('hex')}`;
}

function invalid(message: string, hint: string): FdlError {
  return new FdlError('payload-invalid', message, { hint });
}
