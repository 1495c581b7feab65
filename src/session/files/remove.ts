/** Removes objects. Whoever calls has asked before. */
import { FdlError, messageOf } from '../../errors.ts';
import { openSlots } from '../../slots.ts';
import { during } from '../events.ts';
import type { Settings } from '../settings.ts';
import { type Found, findObjects, nothingAt } from './objects.ts';
import type { Place } from './place.ts';

type Context = Pick<Settings, 'emit' | 'signal'>;

/** What would be removed of a place. */
export interface Removal {
  readonly place: Place;
  readonly objects: readonly Found[];
  /** It is a folder, or a bucket, with all that is below. */
  readonly isWhole: boolean;
  /** Its bucket keeps what is removed as an older version. */
  readonly keepsVersions: boolean;
}

export interface NotRemoved {
  readonly uri: string;
  readonly reason: string;
  readonly hint?: string | undefined;
}

export interface Removed {
  readonly removed: readonly { readonly uri: string; readonly size: number }[];
  readonly notRemoved: readonly NotRemoved[];
}

/**
 * Finds what is to be removed.
 * @throws FdlError `is-folder` (without `recursive`), `object-not-found`, and what the store says
 */
export async function planRemoval(
  place: Place,
  { recursive }: { readonly recursive?: boolean | undefined },
  { signal }: Context,
): Promise<Removal> {
  const found = await findObjects(place, { signal });
  const exact = found.isMany ? [] : found.objects;
  const isPattern = /[*?]/.test(place.key);
  if (found.isMany && found.objects.length > 0 && !recursive && !isPattern) throw isFolder(place);
  // An object may have the name of a folder.
  const below =
    recursive && exact.length > 0 ? await findObjects({ ...place, isFolder: true }, { signal }) : undefined;
  const objects = [...found.objects, ...(below?.objects ?? [])];
  const isWhole = Boolean(recursive) && !isPattern;
  if (objects.length === 0 && !(isWhole && (await isMarked(place)))) throw nothingAt(place);
  return {
    place,
    objects,
    isWhole: Boolean(recursive) && !isPattern,
    keepsVersions: await keepsVersions(place),
  };
}

function isFolder({ written }: Place): FdlError {
  const hint = 'Add -r to delete all that is below it.';
  return new FdlError('is-folder', `${written} is a folder`, { hint, exitCode: 2 });
}

/** Whether something stands for a folder without objects. */
async function isMarked({ storage, bucket, key, path }: Place): Promise<boolean> {
  if (key === '') return true;
  if (path !== undefined || !storage.level) return false;
  if (await storage.stat(bucket, `${key}/`)) return true;
  for await (const _folder of storage.level(bucket, `${key}/`)) return true;
  return false;
}

/** Who may not ask may delete all the same. */
async function keepsVersions({ storage, bucket }: Place): Promise<boolean> {
  return (await storage.keepsVersions?.(bucket).catch(() => false)) ?? false;
}

const CONCURRENCY = 16;

/** Removes objects, several at a time. One that fails does not keep the others. */
export async function removeObjects(
  { storage, bucket }: Pick<Place, 'storage' | 'bucket'>,
  objects: readonly Pick<Found, 'key' | 'uri' | 'size'>[],
  { emit, signal }: Context,
): Promise<Removed> {
  const removed: Removed['removed'][number][] = [];
  const notRemoved: NotRemoved[] = [];
  const slots = openSlots(CONCURRENCY);
  const say = () =>
    emit({ type: 'activity', activity: { name: 'deleting', done: removed.length, of: objects.length } });
  const removeOne = async ({ key, uri, size }: (typeof objects)[number]) => {
    if (signal.aborted) return;
    try {
      await storage.remove(bucket, key);
      removed.push({ uri, size });
      void say();
    } catch (error) {
      const hint = error instanceof FdlError ? error.hint : undefined;
      notRemoved.push({ uri, reason: messageOf(error), ...(hint !== undefined && { hint }) });
    }
  };
  return during(emit, { name: 'deleting', done: 0, of: objects.length }, async () => {
    await Promise.all(objects.map((object) => slots(() => removeOne(object))));
    return { removed, notRemoved };
  });
}

/**
 * Removes what stands for empty folders, as consoles of stores make them: they are no objects for whoever lists, but the
 * folder would seem to be there still.
 */
export async function removeFolderMarks(
  place: Pick<Place, 'storage' | 'bucket' | 'path'>,
  prefix: string,
): Promise<void> {
  const { storage, bucket, path } = place;
  if (path !== undefined || !storage.level) return;
  for await (const entry of storage.level(bucket, prefix)) {
    if ('folder' in entry) await removeFolderMarks(place, entry.folder);
  }
  if (prefix !== '' && (await storage.stat(bucket, prefix))) await storage.remove(bucket, prefix);
}
