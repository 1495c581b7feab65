/** `fdl bucket`: the built program with a fake cluster that has MinIO itself, where rights matter. */
import { describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { call, openIssuer, openRealOscar, put, sample } from '../standins/oscar/lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';

interface Bucket {
  readonly name: string;
  readonly visibility?: string;
  readonly allowedUsers: readonly string[];
}

interface Failed {
  readonly error: { readonly code: string; readonly message: string };
}

describe.skipIf(!needs('minio'))('fdl bucket', () => {
  it('create, info, update, ls, rm: for its owner, and for whom it is shared with', async () => {
    const issuer = await openIssuer();
    // A service that comes restarts MinIO, which cuts the first attempt.
    const busy = { status: 400, body: 'Error creating bucket: connection refused' };
    const oscar = await openRealOscar({
      issuer,
      trouble: ({ method, path, count }) =>
        method === 'POST' && path === '/system/buckets' && count === 1 ? busy : undefined,
    });
    const admin = { cwd: '/', env: { ...clusterEnv('lab', oscar.url), CI: 'true' } };
    const user = (name: string) => {
      const env = { FDL_CLUSTER_LAB_USER: '', FDL_CLUSTER_LAB_PASSWORD: '' };
      return { ...admin, env: { ...admin.env, ...env, FDL_CLUSTER_LAB_TOKEN: issuer.accessToken(name) } };
    };
    const [ada, ben] = [user('ada'), user('ben')];
    const names = async (options: typeof ada) => {
      const { json } = await fdlJson<{ buckets: readonly Bucket[] }>(['bucket', 'ls'], options);
      return json.buckets.map(({ name }) => name);
    };
    // Whoever is to share a bucket has logged in once.
    expect(await names(ben)).toEqual([]);
    const made = await fdlJson(['bucket', 'create', 'pictures'], ada);
    expect(made.json).toMatchObject({ cluster: 'lab', visibility: 'private', owner: 'ada' });
    const again = await fdlJson<Failed>(['bucket', 'create', 'pictures'], ben);
    expect([again.code, again.json.error.code]).toEqual([1, 'bucket-exists']);
    const shared = await fdlJson(['bucket', 'update', 'pictures', '--allow', 'ben'], ada);
    expect(shared.json).toMatchObject({ visibility: 'restricted', allowedUsers: ['ben'] });
    expect(await names(ben)).toEqual(['pictures']);
    const unknown = await fdlJson<Failed>(['bucket', 'update', 'pictures', '--allow', 'eve'], ada);
    expect([unknown.code, unknown.json.error.code]).toEqual([1, 'user-unknown']);
    await fdlJson(['bucket', 'update', 'pictures', '--allow', 'ben'], ada);
    const stolen = await fdlJson<Failed>(['bucket', 'update', 'pictures', '--visibility', 'public'], ben);
    expect([stolen.code, stolen.json.error.code]).toEqual([1, 'bucket-access']);
    await put(oscar.minio, 'pictures', 'cat.jpg', 'x');
    const kept = await fdlJson<Failed>(['bucket', 'rm', 'pictures', '--yes'], ada);
    expect([kept.code, kept.json.error.code]).toEqual([1, 'bucket-not-empty']);
    const gone = await fdl(['bucket', 'rm', 'pictures', '--delete-data', '--yes'], ada);
    expect([gone.code, gone.stdout]).toEqual([0, 'Bucket pictures is removed from cluster lab.\n']);
    const missing = await fdlJson<Failed>(['bucket', 'info', 'pictures'], ada);
    expect([missing.code, missing.json.error.code]).toEqual([1, 'bucket-unknown']);
  });

  it('the administrator cannot share a bucket, and takes none from under a service', async () => {
    const oscar = await openRealOscar();
    const admin = { cwd: '/', env: { ...clusterEnv('lab', oscar.url), CI: 'true' } };
    const made = await fdlJson<Failed>(['bucket', 'create', 'ours', '--visibility', 'public'], admin);
    expect([made.code, made.json.error.code]).toEqual([1, 'bucket-access']);
    await call(oscar, 'POST /system/services', sample('upper'));
    const used = await fdlJson<Failed>(['bucket', 'rm', 'upper', '--yes'], admin);
    expect(used.json.error).toMatchObject({
      code: 'bucket-in-use',
      message: expect.stringContaining('upper'),
    });
    const ls = await fdl(['bucket', 'ls'], admin);
    expect(ls.stdout).toMatch(/^ours +- +cluster_admin|^ours +- +oscar/);
    expect(await oscar.minio.buckets()).toContain('upper');
  });
});
