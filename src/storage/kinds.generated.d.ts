/** Written by the build from the names of the kinds of stores: what the file of each kind exports. */
import type { StoreSections } from '../fdl/schema/storage.ts';
import type { StoreKind } from '../store-kinds.ts';
import type { KindOfStore } from './kind.ts';

export declare const KINDS: Readonly<Record<StoreKind, KindOfStore>>;
/** What the kinds add to the schema of the language: for the build alone. */
export declare const storeSections: () => StoreSections;
