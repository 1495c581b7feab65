/** Buckets as folders. */
import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Found, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { hasCode } from '../../../errors.ts';
import { COUNTED, filesText, staysWith } from '../../stays.ts';
import { type LocalHome, makeHome, pruneHome } from '../home.ts';
import { requireUnlocked } from '../lock.ts';

export type BucketProps = {
  readonly namespace: string;
  readonly bucket: string;
};

const RULES: Rules<BucketProps> = {
  namespace: IDENTITY,
  bucket: IDENTITY,
};

/** The id of a bucket's resource. */
export function bucketId(workflow: string, { namespace, bucket }: BucketProps): string {
  return `local/${workflow}/bucket/${namespace}/${bucket}`;
}

/** A bucket goes when it is empty; one with files only if its data may be deleted. */
export function bucketKind(
  home: LocalHome,
  { deleteData }: { readonly deleteData: boolean },
): ResourceKind<BucketProps, BucketProps> {
  const pathOf = ({ namespace, bucket }: BucketProps) => join(home.buckets, namespace, bucket);
  return {
    title: 'bucket',
    rank: 2,
    async read(props) {
      const found = statSync(pathOf(props), { throwIfNoEntry: false });
      return found?.isDirectory() ? { owned: true, attrs: props } : undefined;
    },
    rules: RULES,
    changes: () => [],
    async reconcile(props) {
      makeHome(home);
      mkdirSync(pathOf(props), { recursive: true });
      return props;
    },
    async delete(attrs) {
      requireUnlocked(home);
      const path = pathOf(attrs);
      if (deleteData) rmSync(path, { recursive: true, force: true });
      else if (!removeEmpty(path)) return { kept: `it has files: ${path} (--delete-data removes them)` };
      pruneHome(home);
      return undefined;
    },
    async stays(attrs) {
      if (deleteData) return undefined;
      const found = countFiles(pathOf(attrs));
      const counted = { files: Math.min(found, COUNTED), isMore: found > COUNTED };
      return found > 0 ? staysWith(`${filesText(counted)} in ${pathOf(attrs)}`) : undefined;
    },
    async list(workflow) {
      return names(home.buckets).flatMap((namespace) =>
        names(join(home.buckets, namespace)).map((bucket): Found<BucketProps> => {
          const attrs = { namespace, bucket };
          return { id: bucketId(workflow, attrs), attrs };
        }),
      );
    },
  };
}

/** Files below a folder, up to one more than are counted. */
function countFiles(folder: string, before = 0): number {
  let count = before;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (count > COUNTED) return count;
    count = entry.isDirectory() ? countFiles(join(folder, entry.name), count) : count + 1;
  }
  return count;
}

/** Removes a folder that holds nothing but empty folders. */
function removeEmpty(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (!entry.isDirectory() || !removeEmpty(join(path, entry.name))) return false;
    }
    rmdirSync(path);
    return true;
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return true;
    throw thrown;
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return [];
    throw thrown;
  }
}
