/** Plans of what would be made where nothing is: nobody is asked what is there. */
import type { Kinds, Resource, ResourceKind } from './resource.ts';

/** Kinds that find nothing, for a plan that only creates. It cannot be carried out. */
export function kindsWithoutAsking(desired: readonly Resource[]): Kinds {
  return Object.fromEntries(desired.map(({ kind }) => [kind, NOTHING_THERE]));
}

const refuse = async () => {
  throw new Error('a plan for which nobody was asked cannot be carried out');
};

const NOTHING_THERE: ResourceKind = {
  title: 'object',
  rank: 0,
  rules: {},
  read: async () => undefined,
  changes: () => [],
  reconcile: refuse,
  delete: refuse,
  list: async () => [],
};
