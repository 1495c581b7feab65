import type { KindOfStore } from '../kind.ts';

/** Rucio, whose scopes are to it what buckets are to S3. */
export const rucio: KindOfStore = { endpoint: 'host', settings: ['host'] };
