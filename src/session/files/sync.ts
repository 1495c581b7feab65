/** Makes one folder hold what another one holds. */
import { FdlError } from '../../errors.ts';
import { linkAbove } from '../../storage/key-files.ts';
import type { Settings } from '../settings.ts';
import { betweenFolders, folderTo, isLocalFolder, requireApart } from './copy.ts';
import { type Job, type Moved, type MoveOptions, moveAll } from './move.ts';
import { type Found, findObjects, needBucket } from './objects.ts';
import { noFile, type Place } from './place.ts';
import { removeObjects } from './remove.ts';

/** An object of the target that the source does not have: `kept`, since not all could be moved, or somebody interrupted. */
export interface Extra {
  readonly uri: string;
  readonly status: 'deleted' | 'planned' | 'kept' | 'failed';
  readonly reason?: string;
  readonly hint?: string | undefined;
}

/** What came of a synchronisation. */
export interface Synced {
  readonly moved: readonly Moved[];
  readonly extra: readonly Extra[];
}

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
  return { target, jobs, failed, extra: withinFolder(target, extra, context) };
}

/** Without what lies behind a link to a folder: it is not of the target, and nothing is written there either. */
function withinFolder({ path }: Place, objects: readonly Found[], { emit }: Context): readonly Found[] {
  if (path === undefined) return objects;
  const linkOf = linkAbove(path);
  const links = new Set<string>();
  const within = objects.filter(({ name }) => {
    const link = linkOf(name);
    if (link !== undefined) links.add(link);
    return link === undefined;
  });
  for (const link of links) {
    const message = `${link} is a link to a folder, behind which nothing is deleted`;
    void emit({ type: 'note', message });
  }
  return within;
}

async function jobsOf(
  source: Place,
  target: Place,
  context: Context,
): Promise<Pick<SyncPlan, 'jobs' | 'failed'>> {
  if (source.path !== undefined) {
    if (isLocalFolder(source)) return folderTo(source.path, target, context);
    throw noFile(source.written, 'folder');
  }
  const found = await findObjects(folderOf(source), context);
  if (found.objects.length + found.skipped.length > 0) return betweenFolders(source, target, found);
  const hint = 'Check the name of the folder. To empty the target: fdl rm -r.';
  throw new FdlError('source-empty', `there is nothing below ${source.written}`, { hint });
}

function folderOf(place: Place): Place {
  return { ...place, isFolder: true };
}

/** Carries a plan out. Nothing is deleted where something could not be moved: the source may not be what it seems. */
export async function carryOutSync(
  { jobs, failed, extra, target }: SyncPlan,
  options: MoveOptions,
  context: Context,
): Promise<Synced> {
  const moved = [...failed, ...(await moveAll(jobs, options, context))];
  const all = (status: Extra['status']) => extra.map(({ uri }): Extra => ({ uri, status }));
  if (options.dryRun) return { moved, extra: all('planned') };
  if (moved.some(({ status }) => status === 'failed' || status === 'left'))
    return { moved, extra: all('kept') };
  const { removed, notRemoved } = await removeObjects(target, extra, context);
  const gone = new Set(removed.map(({ uri }) => uri));
  const failures = new Map(notRemoved.map((each) => [each.uri, each]));
  return {
    moved,
    extra: extra.map(({ uri }): Extra => {
      const failure = failures.get(uri);
      return failure ? { ...failure, status: 'failed' } : { uri, status: gone.has(uri) ? 'deleted' : 'kept' };
    }),
  };
}
