/** Objects as files of a folder of this machine. */
import path from 'node:path';
import { placeFiles } from '../../storage/key-files.ts';
import type { Job, Moved } from './move.ts';
import type { Found, FoundObjects } from './objects.ts';
import { localFolder, type Place } from './place.ts';
import type { Jobs } from './put.ts';

/** Objects of a place. */
export interface FoundAt {
  readonly place: Place;
  readonly found: FoundObjects;
}

/** Objects as files below a folder, each under its name; what can be no file there, or another one's, is named. */
export function downloadsTo(dir: string, all: readonly FoundAt[]): Jobs {
  const byUri = new Map(
    all.flatMap(({ place, found: { objects } }) => objects.map((found) => [found.uri, { place, found }])),
  );
  // No two of them are taken for the same, as results of one size are that a step writes to two stores.
  const wanted = [...byUri].map(([uri, { place, found }], size) => ({
    uri,
    path: found.name,
    size,
    place,
    found,
  }));
  const { files, refused } = placeFiles(dir, wanted);
  const failed = refused.map(({ object, reason, hint }) => failedOf(object.found, reason, hint));
  const odd = all.flatMap(({ place, found: { skipped } }) =>
    skipped.map(({ name, reason }): Moved => {
      return { source: place.nameOf(name), size: 0, status: 'failed', reason };
    }),
  );
  const jobs = files.map(({ object, file }) => downloadJob(object.found, object.place, file));
  return { jobs, failed: [...odd, ...failed] };
}

function failedOf({ uri, size }: Found, reason: string, hint: string): Moved {
  return { source: uri, size, status: 'failed', reason, hint };
}

/** One object as one file. An object of this machine is a file itself. */
export function downloadJob(object: Found, place: Place, file: string): Job {
  const { id, storage, bucket, path: local } = place;
  const from = local === undefined ? { at: { id, storage, bucket, key: object.key } } : { file: object.uri };
  return { source: { ...object, ...from }, target: fileTarget(file) };
}

/** A file of this machine to write to. */
export function fileTarget(file: string): Job['target'] {
  const { id, storage, bucket } = localFolder(path.dirname(file));
  return { uri: file, file, at: { id, storage, bucket, key: path.basename(file) } };
}
