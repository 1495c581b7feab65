import type { KindOfStore } from '../kind.ts';

/** Amazon S3, whose names of buckets are global. */
export const s3: KindOfStore = {
  settings: ['region'],
  account: 's3.default',
  hasBuckets: true,
  variables: { access_key: 'AWS_ACCESS_KEY_ID', secret_key: 'AWS_SECRET_ACCESS_KEY' },
  open: async (store, { profile }) => {
    const { keysOf, s3Storage } = await import('../s3.ts');
    const { endpoint, region, verifyTls } = store;
    return s3Storage({ endpoint, region, verifyTls, profile, credentials: keysOf(store.credentials) });
  },
};
