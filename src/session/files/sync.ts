/** Makes one folder hold what another one holds. */
import { FdlError } from '../../errors.ts';
import type { Settings } from '../settings.ts';
import { betweenFolders, folderTo, isLocalFolder, requireApart } from './copy.ts';
import type { Job, Moved } from './move.ts';
import { type Found, findObjects, needBucket } from './objects.ts';
import type { Place } from './stores.ts';

type Context = Pick<Settings, 'emit' | 'signal' | 'workingDirectory'>;

/** What a synchronisation takes. */
export interface SyncPlan {
  readonly target: Place;
  readonly jobs: readonly Job[];
  readonly failed: readonly Moved[];
  /** Objects of the target that the source does not have; empty unless they are to be deleted. */
  readonly extra: readonly Found[];
}

/**
 * Compares two folders. What is there already is left out later, when it moves.
 * @throws FdlError `source-not-found`, `source-empty`, `same-place`, and what stores say
 */
export async function planSync(
  source: Place,
  target: Place,
  { remove }: { readonly remove?: boolean | undefined },
  context: Context,
): Promise<SyncPlan> {
  needBucket(source);
  needBucket(target);
  requireApart(source, target);
  requireApart(target, source);
  const { jobs, failed } = await jobsOf(source, target, context);
  const keys = new Set(jobs.map((job) => job.target.uri));
  // What cannot be moved is no reason to delete what stands in its place.
  for (const { target: uri } of failed) if (uri !== undefined) keys.add(uri);
  const isThere = target.path === undefined || isLocalFolder(target);
  const there = remove && isThere ? await findObjects(folderOf(target), context) : undefined;
  const extra = (there?.objects ?? []).filter(({ uri }) => !keys.has(uri));
  return { target, jobs, failed, extra };
}

async function jobsOf(
  source: Place,
  target: Place,
  context: Context,
): Promise<Pick<SyncPlan, 'jobs' | 'failed'>> {
  if (source.path !== undefined) {
    if (isLocalFolder(source)) return folderTo(source.path, target, context);
    throw new FdlError('source-not-found', `there is no folder ${source.written}`, { exitCode: 2 });
  }
  const found = await findObjects(folderOf(source), context);
  if (found.objects.length + found.skipped.length > 0) return betweenFolders(source, target, found);
  const hint = 'Check the name of the folder. To empty the target: fdl rm -r.';
  throw new FdlError('source-empty', `there is nothing below ${source.written}`, { hint });
}

function folderOf(place: Place): Place {
  return { ...place, isFolder: true };
}
