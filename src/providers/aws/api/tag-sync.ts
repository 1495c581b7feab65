/** What to do to the tags of an object so that they become the desired ones. */
import type { Tags } from './tags.ts';

/** Tags that AWS sets itself begin so, and nobody else can set or remove them. Rule: AWS's tagging limits. */
const RESERVED = 'aws:';

/** The tags that a user of AWS can set: compare only these. */
export function settableTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith(RESERVED)));
}

export interface TagSync {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/** The tags to set and the names of those to remove; nothing where both are the same. */
export function tagSync(wanted: Tags, found: Tags): TagSync {
  const set = Object.entries(wanted).filter(([name, value]) => found[name] !== value);
  const remove = Object.keys(settableTags(found)).filter((name) => !Object.hasOwn(wanted, name));
  return { set: Object.fromEntries(set), remove };
}

/** Whether there is nothing to do. */
export function isSynced({ set, remove }: TagSync): boolean {
  return Object.keys(set).length === 0 && remove.length === 0;
}
