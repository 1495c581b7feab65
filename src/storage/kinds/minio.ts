import type { KindOfStore } from '../kind.ts';

/** MinIO, which speaks the protocol of S3. */
export const minio: KindOfStore = {
  endpoint: 'endpoint',
  settings: ['endpoint', 'region', 'verify'],
  ofClusters: true,
  hasBuckets: true,
  variables: { access_key: 'ACCESS_KEY', secret_key: 'SECRET_KEY' },
  needs: ['endpoint', 'access_key', 'secret_key'],
  open: async (store) => {
    const { keysOf, s3Storage } = await import('../s3.ts');
    const { endpoint, region = 'us-east-1', verifyTls } = store;
    return s3Storage({ endpoint, region, verifyTls, credentials: keysOf(store.credentials) });
  },
};
