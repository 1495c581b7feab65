/** From any place to any other: single objects under a name of one's own, and folders with all below them. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { FdlError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';
import type { Settings } from '../settings.ts';
import { downloadJob, downloadsTo, fileTarget } from './get.ts';
import type { Job } from './move.ts';
import { type Found, type FoundObjects, findObjects, needBucket, nothingAt } from './objects.ts';
import { noFile, type Place } from './place.ts';
import { type Jobs, keyBelow, targetAt, uploadJob, uploadsTo } from './put.ts';

type Context = Pick<Settings, 'emit' | 'signal' | 'workingDirectory'>;

/**
 * What copying one place to another takes. A folder needs `recursive`; where the target is a folder, an object keeps its
 * last name.
 * @throws FdlError `is-folder`, `object-not-found`, `source-not-found`, `same-place`, and what stores say
 */
export async function copyJobs(
  source: Place,
  target: Place,
  { recursive }: { readonly recursive?: boolean | undefined },
  context: Context,
): Promise<Jobs> {
  needBucket(target);
  requireApart(source, target);
  if (source.path !== undefined) {
    if (!isLocalFolder(source)) return { jobs: [localJob(source.path, source, target)], failed: [] };
    if (!recursive) throw isFolder(source);
    return folderTo(source.path, target, context);
  }
  const found = await findObjects(source, context);
  if (found.objects.length + found.skipped.length === 0) throw nothingAt(source);
  if (found.isMany && !recursive && !/[*?]/.test(source.key)) throw isFolder(source);
  const [only] = found.objects;
  if (!found.isMany && only) return { jobs: [objectJob(only, source, target)], failed: [] };
  return betweenFolders(source, target, found);
}

/** A folder of this machine below another one. */
export function folderTo(folder: string, target: Place, context: Context): Jobs {
  if (target.path !== undefined) makeFolder(target.path);
  return uploadsTo(target, [folder], context);
}

/** The objects below a folder, each under its name below another one. */
export function betweenFolders(source: Place, target: Place, found: FoundObjects): Jobs {
  if (target.path !== undefined) return downloadsTo(target.path, [{ place: source, found }]);
  return { jobs: found.objects.map((object) => objectJob(object, source, target, object.name)), failed: [] };
}

/** `below`: its name in the folder that the target is. */
function objectJob(object: Found, source: Place, target: Place, below?: string): Job {
  if (target.path !== undefined) return downloadJob(object, source, fileFor(target, object.name));
  const { id, storage, bucket } = source;
  const key = keyFor(target, below ?? object.name, below !== undefined);
  return {
    source: { ...object, at: { id, storage, bucket, key: object.key } },
    target: targetAt(target, key),
  };
}

function localJob(file: string, { written }: Place, target: Place): Job {
  if (!statSync(file, { throwIfNoEntry: false })) throw noFile(written);
  const name = path.basename(file);
  const job = uploadJob(file, target, keyFor(target, name, false));
  if (target.path === undefined) return job;
  const to = fileFor(target, name);
  makeFolder(path.dirname(to));
  return { ...job, target: fileTarget(to) };
}

function keyFor(target: Place, name: string, isBelow: boolean): string {
  return isBelow || target.isFolder ? keyBelow(target, name) : target.key;
}

/** A folder that is there, or that is named with a slash, takes the file under its own name. */
function fileFor(target: Place, name: string): string {
  const at = target.path ?? '';
  return target.isFolder || isLocalFolder(target) ? path.join(at, name) : at;
}

export function isLocalFolder({ path: at }: Place): boolean {
  return at !== undefined && statSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFolder({ written }: Place): FdlError {
  const hint = 'Add -r for all that is below it.';
  return new FdlError('is-folder', `${written} is a folder`, { hint, exitCode: 2 });
}

/** Refuses what would copy a folder into itself, again and again. @throws FdlError `same-place` */
export function requireApart(source: Place, target: Place): void {
  const [one, other] = [wholeName(source), wholeName(target)];
  if (one !== other && !other.startsWith(`${one}/`)) return;
  const what = one === other ? 'are the same place' : `overlap: ${target.written} is below ${source.written}`;
  throw new FdlError('same-place', `${source.written} and ${target.written} ${what}`, { exitCode: 2 });
}

function wholeName({ path: local, id, bucket, key }: Place): string {
  return local ?? `${id}://${bucket}${key === '' ? '' : `/${key}`}`;
}
