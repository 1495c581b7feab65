import { describe, expect, it } from 'vitest';
import { openMinio } from '../../../../src/providers/oscar/api/minio.ts';
import { lyingServer } from '../../../lying-server.ts';

/** A client of what answers at an address that should be a MinIO. */
function minioAt(endpoint: string) {
  const signal = new AbortController().signal;
  return openMinio(
    { endpoint, access_key: 'key', secret_key: 'secret' },
    undefined,
  )({ signal, delay: async () => {} });
}

describe('what is no MinIO', () => {
  it('has no empty buckets: the page of a proxy says nothing of them', async () => {
    const server = await lyingServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Log in</body></html>');
    });
    const minio = minioAt(server.url);
    const page = 'the answer is a page of HTML "Log in" (HTTP status 200), and not one of S3';
    const strange = `at ${server.url} could not be used: ${page}`;
    await expect(minio.isEmpty('data')).rejects.toThrow(`bucket "data" ${strange}`);
    await expect(minio.buckets()).rejects.toThrow(`the list of buckets ${strange}`);
    await expect(minio.remove('data', true)).rejects.toThrow(strange);
    expect(server.asked.filter(({ what }) => what.startsWith('DELETE'))).toEqual([]);
  });

  it('is not asked without end', async () => {
    const page =
      '<ListBucketResult><Name>data</Name><IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken></ListBucketResult>';
    const server = await lyingServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/xml' }).end(page);
    });
    await expect(minioAt(server.url).isEmpty('data')).rejects.toThrow('leads back to a page');
    expect(server.asked).toHaveLength(2);
  });
});
