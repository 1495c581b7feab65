/** Clients for the stores that services name. */
import { S3Client } from '@aws-sdk/client-s3';
import { quietly } from '../../../src/storage/s3/client.ts';
import type { Service } from './binding.ts';
import type { Cluster } from './cluster.ts';

/** A client with the credentials that the service was given; for the cluster's own MinIO, with those of the cluster. */
export function clientFor(
  { minio, settings }: Cluster,
  service: Service,
  kind: string,
  id: string,
): S3Client {
  const isOwn = kind === 'minio' && id === 'default';
  const given = service['storage_providers']?.[kind]?.[id] ?? {};
  const own = { endpoint: minio.url, access_key: minio.root.accessKey, secret_key: minio.root.secretKey };
  const { endpoint, access_key, secret_key, region } = isOwn ? { ...own, region: minio.region } : given;
  const where = kind === 'minio' ? endpoint : settings.s3Endpoint;
  return quietly(() => {
    return new S3Client({
      ...(where && { endpoint: where }),
      region: region || 'us-east-1',
      credentials: { accessKeyId: access_key ?? '', secretAccessKey: secret_key ?? '' },
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 1,
    });
  });
}
