import type { KindOfStore } from '../kind.ts';

/** Onedata, whose spaces are to it what buckets are to S3. */
export const onedata: KindOfStore = { endpoint: 'oneprovider_host', settings: ['oneprovider_host'] };
