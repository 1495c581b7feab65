/** What there is to know of all kinds of stores. */
import type { StoreKind } from '../store-kinds.ts';
import type { KindOfStore } from './kind.ts';
import { KINDS } from './kinds.generated.js';

/** What there is to know of a kind. */
export function kindOfStore(kind: StoreKind): KindOfStore {
  return KINDS[kind];
}

export function isStoreKind(kind: string): kind is StoreKind {
  return Object.hasOwn(KINDS, kind);
}
