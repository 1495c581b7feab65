import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { OpenableStore } from '../../src/storage/store.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MINIO: OpenableStore = {
  id: 'minio.lab',
  kind: 'minio',
  namespace: 'minio.other',
  endpoint: 'https://minio.example',
  verifyTls: true,
  credentials: { access_key: 'a', secret_key: 's' },
};

describe('openStorage', () => {
  it('opens the folder of the namespace instead of any store', async () => {
    const localRoot = temporaryFolder();
    mkdirSync(path.join(localRoot, 'minio.other/bucket'), { recursive: true });
    writeFileSync(path.join(localRoot, 'minio.other/bucket/key'), 'x');
    const storage = openStorage({ ...MINIO, kind: 'onedata' }, { localRoot });
    expect(await storage.stat('bucket', 'key')).toMatchObject({ size: 1 });
  });

  it('opens S3 without keys and MinIO with them, contacting nothing', () => {
    expect(
      openStorage({
        id: 's3.default',
        kind: 's3',
        namespace: 's3.default',
        verifyTls: true,
        credentials: {},
      }),
    ).toBeDefined();
    expect(openStorage(MINIO)).toBeDefined();
  });

  it.each([
    ['endpoint', { endpoint: 'https://${env:HOST}' }],
    ['region', { region: '${param:REGION}' }],
    ['secret', { credentials: { access_key: 'a', secret_key: new Secret('${env:KEY}') } }],
  ])('refuses a store whose %s is not known, but for a folder in its place', (_, more) => {
    const store = { ...MINIO, ...more };
    expect(() => openStorage(store)).toThrow(expect.objectContaining({ code: 'value-unset' }));
    expect(openStorage(store, { localRoot: temporaryFolder() })).toBeDefined();
  });

  it.each([
    ['endpoint', { endpoint: undefined }],
    ['access_key', { credentials: { secret_key: 's' } }],
    ['secret_key', { credentials: { access_key: 'a', secret_key: '' } }],
  ])('says that a MinIO has no %s', (field, change) => {
    const { endpoint, ...rest } = { ...MINIO, ...change };
    expect(() => openStorage({ ...rest, ...(endpoint !== undefined && { endpoint }) })).toThrow(
      expect.objectContaining({
        code: 'storage-incomplete',
        message: expect.stringContaining(`"minio.lab" has no "${field}"`),
      }),
    );
  });

  it.each([
    ['none', {}, 'login'],
    ['half a login', { login: 'me' }, 'password'],
    ['half a login, the other half', { password: 'p' }, 'login'],
  ])('names what is missing where there are several ways to log in: %s', (_, credentials, field) => {
    const store = { ...MINIO, id: 'webdav.dav', kind: 'webdav' as const, credentials };
    expect(() => openStorage(store)).toThrow(`"webdav.dav" has no "${field}"`);
    expect(openStorage({ ...store, credentials: { token: 't' } })).toBeDefined();
  });
});
