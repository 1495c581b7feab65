/** The stores of a step as AWS sees them: buckets of the account that is deployed to, and everything else. */
import { reveal, type Text } from '../../secret.ts';
import type { Store } from '../../storage/store.ts';
import type { Folder, Step, Workflow } from '../../workflow/model.ts';

/** The credentials of a store that are filled in. */
export function credentialsOf({ credentials }: Store): Readonly<Record<string, Text>> {
  return Object.fromEntries(Object.entries(credentials).filter(([, value]) => reveal(value) !== ''));
}

/** The stores that a step reads from and writes to, in the order of the file. */
export function storesOf({ inputs, outputs }: Step, { stores }: Workflow): readonly Store[] {
  const named = new Set([...inputs, ...outputs].map(({ store }) => store));
  return stores.filter(({ id }) => named.has(id));
}

/** Of some folders those that are opened with the rights of the step: S3 of which the file has no credentials. */
export function openedByRole<F extends Folder>(folders: readonly F[], { stores }: Workflow): readonly F[] {
  const opened = stores.filter(
    (store) => store.kind === 's3' && Object.keys(credentialsOf(store)).length === 0,
  );
  const ids = new Set(opened.map(({ id }) => id));
  return folders.filter(({ store }) => ids.has(store));
}

/**
 * The inputs of a step whose buckets tell it of new objects. Only buckets of the account do, so one with credentials
 * of its own is taken for one of these: reading it shows if it is.
 */
export function listenedTo({ inputs }: Step, { stores }: Workflow): readonly Folder[] {
  const ids = new Set(stores.filter(({ kind }) => kind === 's3').map(({ id }) => id));
  return inputs.filter(({ store }) => ids.has(store));
}

/** The region that the file says for the buckets of a store. */
export function regionOf(id: string, { stores }: Workflow): string | undefined {
  return stores.find((store) => store.id === id)?.region;
}
