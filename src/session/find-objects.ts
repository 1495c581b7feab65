/** Looks up many objects with few requests. */
import { openSlots } from '../slots.ts';
import { StorageError } from '../storage/error.ts';
import type { ObjectInfo, Storage } from '../storage/storage.ts';
import type { ObjectLocation } from '../workflow/follow.ts';

/** Objects that are asked for one by one at the same time. */
const ASKED = 16;
/** Objects of one folder from which on it is listed: a list names 1,000 at once. */
const MANY = 50;
/** A list that names so many others for each that is wanted is given up. */
const OTHERS = 20;

/** The objects, in this order; nothing for those that are not there. */
export async function findObjects(
  wanted: readonly ObjectLocation[],
  storage: (store: string) => Storage,
  signal: AbortSignal,
): Promise<readonly (ObjectInfo | undefined)[]> {
  const found = new Map<string, ObjectInfo>();
  const missing = new Set<string>();
  for (const group of byFolder(wanted).filter(({ length }) => length >= MANY))
    await list(group, storage, { found, missing, signal });
  const slot = openSlots(ASKED);
  return Promise.all(
    wanted.map((at) => {
      const name = nameOf(at);
      if (found.has(name) || missing.has(name)) return found.get(name);
      return slot(() => storage(at.store).stat(at.bucket, at.key));
    }),
  );
}

function nameOf({ store, bucket, key }: ObjectLocation): string {
  return `${store} ${bucket}/${key}`;
}

function byFolder(wanted: readonly ObjectLocation[]): readonly (readonly ObjectLocation[])[] {
  const groups = new Map<string, ObjectLocation[]>();
  for (const at of wanted) {
    const folder = nameOf({ ...at, key: folderOf(at) });
    const group = groups.get(folder);
    if (group) group.push(at);
    else groups.set(folder, [at]);
  }
  return [...groups.values()];
}

function folderOf({ key }: ObjectLocation): string {
  return key.slice(0, key.lastIndexOf('/') + 1);
}

interface Looked {
  readonly found: Map<string, ObjectInfo>;
  readonly missing: Set<string>;
  readonly signal: AbortSignal;
}

/** Lists the folder of some objects. What is still unknown where a list is given up is asked for by itself. */
async function list(
  group: readonly ObjectLocation[],
  storage: (store: string) => Storage,
  { found, missing, signal }: Looked,
): Promise<void> {
  const [first] = group;
  if (!first) return;
  const { store, bucket } = first;
  let others = 0;
  try {
    const names = new Set(group.map(({ key }) => key));
    for await (const object of storage(store).list(bucket, folderOf(first), { signal })) {
      if (names.has(object.key)) found.set(nameOf({ store, bucket, key: object.key }), object);
      else if (++others > names.size * OTHERS) return;
    }
  } catch (thrown) {
    if (!(thrown instanceof StorageError && thrown.code === 'bucket-not-found')) throw thrown;
  }
  for (const at of group) if (!found.has(nameOf(at))) missing.add(nameOf(at));
}
