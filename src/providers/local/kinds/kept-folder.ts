/** Folders with data of users: they go when they are empty, or if their data may be deleted. */
import { readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Props, ResourceKind } from '../../../deploy/resource.ts';
import type { Rules } from '../../../deploy/rules.ts';
import { hasCode } from '../../../errors.ts';
import { COUNTED, filesText, staysWith } from '../../stays.ts';
import { type LocalHome, makeHome, pruneHome } from '../home.ts';
import { requireUnlocked } from '../lock.ts';

interface KeptFolder<P extends Props> extends Pick<ResourceKind<P, P>, 'title' | 'rank' | 'list'> {
  readonly rules: Rules<P>;
  pathOf(props: P): string;
  /** Makes the folder; one that is there is left as it is. */
  make(path: string): void;
}

/** The kind of such folders in a home. */
export function keptFolders<P extends Props>(
  home: LocalHome,
  { deleteData }: { readonly deleteData: boolean },
  { pathOf, make, ...kind }: KeptFolder<P>,
): ResourceKind<P, P> {
  return {
    ...kind,
    async read(props) {
      const found = statSync(pathOf(props), { throwIfNoEntry: false });
      return found?.isDirectory() ? { owned: true, attrs: props } : undefined;
    },
    changes: () => [],
    async reconcile(props) {
      makeHome(home);
      make(pathOf(props));
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

/** What is in a folder, in order; nothing where there is none. */
export function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (thrown) {
    if (hasCode(thrown, 'ENOENT')) return [];
    throw thrown;
  }
}
