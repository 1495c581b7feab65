/** The fake cluster over MinIO itself: what its own tests do in memory works there, too. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { s3Storage } from '../../src/storage/s3/index.ts';
import { needs } from '../standins/need.ts';
import { call, openRealOscar, sample } from '../standins/oscar/lab.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

describe.skipIf(!needs('minio'))('a cluster with MinIO itself', () => {
  it.each(['3.6.4', '4.1.2'])(
    '%s: makes buckets, runs services for files, small and in parts, and deletes',
    async (release) => {
      const oscar = await openRealOscar({ release, settings: { runs: true } });
      expect((await call(oscar, 'POST /system/services', sample())).status).toBe(201);
      expect(
        (
          await call(
            oscar,
            'POST /system/services',
            sample('b', { input: [{ storage_provider: 'minio', path: 'upper/x' }], output: [] }),
          )
        ).text,
      ).toContain('already exists');
      const credentials = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' };
      const storage = s3Storage({
        endpoint: oscar.minio.url,
        region: 'us-east-1',
        credentials,
        partBytes: 5 * 2 ** 20,
      });
      const file = path.join(temporaryFolder(), 'file');
      for (const [name, size] of [
        ['small.txt', 10],
        ['large.txt', 24 * 2 ** 20],
      ] as const) {
        writeFileSync(file, 'a'.repeat(size));
        await storage.upload(file, 'upper', `in/${name}`);
        await oscar.settled();
        expect(await storage.stat('upper', `out/${name}`)).toMatchObject({ size });
      }
      expect(await text(await storage.read('upper', 'out/small.txt'))).toBe('A'.repeat(10));
      expect(oscar.cluster.jobs).toHaveLength(2);
      expect((await call(oscar, 'DELETE /system/services/upper')).status).toBe(204);
      expect(await oscar.minio.buckets()).not.toContain('upper');
    },
  );
});
