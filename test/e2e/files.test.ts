/** `put`, `get`, `ls`, `cat`, `cp` and `rm` of URIs: the built program with MinIO itself. */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { quietly } from '../../src/storage/s3-client.ts';
import { needs } from '../standins/need.ts';
import { openRealOscar } from '../standins/oscar/lab.ts';
import { fdl, fdlJson } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';
import { type Files, filesBelow, project, UPPER, workflowText } from './project.ts';
import { ENTER, fdlInPty } from './pty.ts';

const KEYS = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' };

interface Moves {
  readonly transfers: readonly {
    readonly source: string;
    readonly target: string;
    readonly status: string;
  }[];
}

interface Failed {
  readonly error: { readonly code: string; readonly hint: string };
}

/** A cluster with buckets, and a folder with files, in which commands are called. */
async function desk(files: Files, buckets: readonly string[]) {
  const oscar = await openRealOscar();
  const client = quietly(
    () =>
      new S3Client({
        endpoint: oscar.minio.url,
        region: 'us-east-1',
        credentials: KEYS,
        forcePathStyle: true,
      }),
  );
  onTestFinished(() => client.destroy());
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
  const cwd = project(files);
  const aws = {
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL: oscar.minio.url,
  };
  const env = { ...clusterEnv('lab', oscar.url), ...aws };
  const run = (...args: readonly string[]) => fdl(args, { cwd, env });
  const json = <T>(...args: readonly string[]) => fdlJson<T>(args, { cwd, env });
  /** What a move did, by the last names of what moved. */
  const moves = async (...args: readonly string[]) => {
    const { transfers } = (await json<Moves>(...args)).json;
    return Object.fromEntries(transfers.map(({ target, status }) => [path.basename(target), status]));
  };
  return { oscar, client, cwd, env, run, json, moves };
}

describe.skipIf(!needs('minio'))('files in a store, without a workflow', () => {
  it('goes up, is listed, read, copied on the server and comes back, and what is there already stays', async () => {
    const binary = randomBytes(3 * 2 ** 20);
    const files = {
      'data/a.txt': 'hello\n',
      'data/sub/b.csv': 'one\n',
      'data/sub/ü.bin': binary,
      'c.csv': 'c',
    };
    const { cwd, env, run, json, moves } = await desk(files, ['one', 'two']);
    expect((await run('ls', 's3://')).stdout).toBe('s3://one\ns3://two\n');

    expect(await moves('put', 'data/', 's3://one/in')).toEqual({
      'a.txt': 'done',
      'b.csv': 'done',
      'ü.bin': 'done',
    });
    writeFileSync(path.join(cwd, 'data/a.txt'), 'HELLO!\n');
    const again = await run('put', 'data', '--to', 's3://one/in');
    expect(again.stdout).toMatch(
      /a\.txt → s3:\/\/one\/in\/a\.txt\n1 file, 7 B; 2 are there already and left out/,
    );
    // The same size and an older file: only its content tells.
    writeFileSync(path.join(cwd, 'data/a.txt'), 'Hello!\n');
    utimesSync(path.join(cwd, 'data/a.txt'), 0, 0);
    expect(await moves('put', 'data', 's3://one/in')).toMatchObject({ 'a.txt': 'unchanged' });
    expect(await moves('put', 'data', 's3://one/in', '--checksum')).toEqual({
      'a.txt': 'done',
      'b.csv': 'unchanged',
      'ü.bin': 'unchanged',
    });
    expect(await moves('put', '*.csv', 's3://one/in', '--force')).toEqual({ 'c.csv': 'done' });
    await fdl(['put', '-', 's3://one/in/now'], { cwd, env, input: 'from a pipe' });

    const listed = await json('ls', 's3://one/in');
    expect(listed.json).toMatchObject({
      objects: [
        { uri: 's3://one/in/a.txt', size: 7 },
        { uri: 's3://one/in/c.csv' },
        { uri: 's3://one/in/now' },
      ],
      folders: ['s3://one/in/sub/'],
    });
    expect((await run('ls', 's3://one/in')).stdout).toMatch(/Z +7 B {2}a\.txt\n/);
    const names = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => line.split(/\s{2,}/).at(-1));
    expect(names((await run('ls', '-r', 's3://one')).stdout)).toEqual([
      'in/a.txt',
      'in/c.csv',
      'in/now',
      'in/sub/b.csv',
      'in/sub/ü.bin',
    ]);

    const { stderr, code } = await run('cp', '-r', 's3://one/in', 's3://two/copy', '--debug');
    expect([code, stderr]).toEqual([0, expect.stringContaining('PUT')]);
    expect(stderr).not.toMatch(/GET \S*\/one\/in\/a\.txt/);
    expect((await run('cat', 's3://two/copy/a.txt', 's3://two/copy/now')).stdout).toBe('Hello!\nfrom a pipe');

    expect(await moves('get', 's3://two/copy', '*.csv', 's3://one/in/now', '-o', 'out')).toEqual({
      'b.csv': 'done',
      'c.csv': 'done',
    });
    expect(await moves('get', 's3://two/copy', '-o', 'out')).toEqual({
      'a.txt': 'done',
      'b.csv': 'unchanged',
      'c.csv': 'unchanged',
      now: 'done',
      'ü.bin': 'done',
    });
    expect(filesBelow(path.join(cwd, 'out'))).toEqual(['a.txt', 'c.csv', 'now', 'sub/b.csv', 'sub/ü.bin']);
    expect(readFileSync(path.join(cwd, 'out/sub/ü.bin')).equals(binary)).toBe(true);
    expect(await moves('get', 's3://one', '--latest', '-o', 'last')).toEqual({ now: 'done' });
    expect(await moves('get', 's3://one', '--newer', '2100-01-01', '-o', 'last')).toEqual({});
  });

  it('says what is wrong, with a code', async () => {
    const { json } = await desk({ 'a.txt': '' }, ['one']);
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['ls', 's3://one/nothing'], 1, 'object-not-found'],
      [['ls', 's3://none'], 1, 'bucket-not-found'],
      [['get', 's3://one/nothing'], 1, 'object-not-found'],
      [['put', 's3://one/in'], 2, 'usage'],
      [['put', 'a.txt', 's3://'], 2, 'uri-invalid'],
      [['put', 'gone.txt', 's3://one'], 2, 'source-not-found'],
      [['put', '-', 's3://one/'], 2, 'uri-invalid'],
      [['cp', 's3://one', 's3://one/below', '-r'], 2, 'same-place'],
      [['cp', '.', 's3://one'], 2, 'is-folder'],
      [['rm', 's3://one', 'a.txt'], 2, 'usage'],
      [['ls', 'minio.nobody://one'], 2, 'unknown-store'],
    ];
    const ends = await Promise.all(
      cases.map(async ([args]) => {
        const failed = await json<Failed>(...args);
        return [args, failed.code, failed.json.error.code];
      }),
    );
    expect(ends).toEqual(cases);
  });

  it('stores of a workflow and of clusters are known by their ids', async () => {
    const { oscar, run, moves, cwd } = await desk({ 'a.txt': 'a' }, ['one', 'two']);
    const mine = {
      endpoint: oscar.minio.url,
      access_key: KEYS.accessKeyId,
      secret_key: KEYS.secretAccessKey,
    };
    const text = workflowText([UPPER], { storage_providers: { minio: { mine } } });
    writeFileSync(path.join(cwd, 'shop.yaml'), text);
    expect((await run('put', 'a.txt', 'minio.mine://one/in', '-f', 'shop.yaml')).code).toBe(0);
    expect(await moves('cp', 'minio://one/in/a.txt', 'minio.lab://two/b.txt', '-f', 'shop.yaml')).toEqual({
      'b.txt': 'done',
    });
    expect((await run('cat', 'minio.lab://two/b.txt')).stdout).toBe('a');
    // A file of the usual name is looked into when it is needed, and only then.
    writeFileSync(path.join(cwd, 'workflow.yaml'), text);
    expect((await run('ls', 'minio.mine://one/in')).stdout).toMatch(/ 1 B {2}a\.txt\n$/);
    writeFileSync(path.join(cwd, 'workflow.yaml'), ':');
    expect((await run('ls', 's3://one/in')).stdout).toMatch(/ 1 B {2}a\.txt\n$/);
    expect((await run('ls', 'minio.mine://one/in')).code).toBe(2);
  });
});

async function deleteVersions(client: S3Client, Bucket: string): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers])
    await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  await client.send(new DeleteBucketCommand({ Bucket }));
}

describe.skipIf(!needs('minio') || !needs('python3'))('fdl rm URI', () => {
  it('asks, tells of versions, takes the marks of folders along, and a bucket stays', async () => {
    const { client, cwd, env, run, json } = await desk({ 'a/b.tmp': 'x', 'a/c.txt': 'yy' }, ['one', 'kept']);
    const versioned = { Bucket: 'kept', VersioningConfiguration: { Status: 'Enabled' as const } };
    await client.send(new PutBucketVersioningCommand(versioned));
    // The server serves other tests, too, which delete buckets without looking for versions.
    onTestFinished(() => deleteVersions(client, 'kept'));
    for (const Key of ['a/', 'a/empty/'])
      await client.send(new PutObjectCommand({ Bucket: 'one', Key, Body: '', ContentLength: 0 }));
    for (const bucket of ['one', 'kept']) await run('put', 'a', `s3://${bucket}/a`);

    const unasked = await json<Failed>('rm', 's3://one/a/c.txt');
    expect([unasked.code, unasked.json.error.code]).toEqual([2, 'not-confirmed']);
    expect((await run('rm', 's3://one/a', '--yes')).stderr).toContain('s3://one/a is a folder');
    const pty = await fdlInPty(['rm', '-r', 's3://one/a'], { cwd, columns: 90, env });
    await pty.says(/Delete 2 objects \(3 B\) below s3:\/\/one\/a\? It cannot be had again\. \[y\/N\]/);
    pty.type(`y${ENTER}`);
    expect(await pty.ended).toEqual({ code: 0 });
    expect((await json('ls', 's3://one')).json).toMatchObject({ objects: [], folders: [] });

    const kept = await run('rm', 's3://kept/a/*.tmp', '--yes');
    expect([kept.code, kept.stdout]).toEqual([0, '1 object deleted, 1 B\n']);
    expect(kept.stderr).toContain('kept keeps versions');
    expect((await run('ls', '-r', 's3://kept')).stdout).toMatch(/ 2 B {2}a\/c\.txt\n$/);
  });
});

describe.skipIf(!needs('minio'))('fdl sync', () => {
  interface Synced extends Moves {
    readonly extra: readonly { readonly uri: string; readonly status: string }[];
  }

  it('makes folders here and in stores alike, and deletes only what it is told to, once all is moved', async () => {
    const { cwd, json, moves, run } = await desk({ 'data/a.txt': 'a', 'data/sub/b.txt': 'b' }, [
      'one',
      'two',
    ]);
    const modified = async (uri: string) => {
      const { objects } = (await json<{ objects: readonly { modified: string }[] }>('ls', uri)).json;
      return objects[0]?.modified;
    };
    const extra = async (...args: readonly string[]) => (await json<Synced>('sync', ...args)).json.extra;
    expect(await moves('sync', 'data', 's3://one/d', '--dry-run')).toEqual({
      'a.txt': 'planned',
      'b.txt': 'planned',
    });
    expect(await moves('sync', 'data', 's3://one/d')).toEqual({ 'a.txt': 'done', 'b.txt': 'done' });
    await run('put', 'data/a.txt', 's3://one/d/old');
    const old = 's3://one/d/old/a.txt';
    expect(await extra('data', 's3://one/d')).toEqual([]);
    expect(await extra('data', 's3://one/d', '--delete', '--dry-run')).toEqual([
      { uri: old, status: 'planned' },
    ]);
    expect((await run('sync', 'data', 's3://one/d', '--delete')).code).toBe(2);
    // What may be missing in the source by mistake is no reason to delete anything.
    symlinkSync('nowhere', path.join(cwd, 'data/dangling'));
    expect(await extra('data', 's3://one/d', '--delete', '--yes')).toEqual([{ uri: old, status: 'kept' }]);
    rmSync(path.join(cwd, 'data/dangling'));
    expect(await extra('data', 's3://one/d', '--delete', '--yes')).toEqual([{ uri: old, status: 'deleted' }]);

    expect(await moves('sync', 's3://one/d', 's3://two')).toEqual({ 'a.txt': 'done', 'b.txt': 'done' });
    expect(await moves('sync', 's3://two', 'copy')).toEqual({ 'a.txt': 'done', 'b.txt': 'done' });
    rmSync(path.join(cwd, 'copy/sub/b.txt'));
    // A copy has the time of what it is a copy of, and is not newer than that.
    const { mtime } = statSync(path.join(cwd, 'copy/a.txt'));
    expect(await modified('s3://two/a.txt')).toContain(mtime.toISOString().slice(0, -'.000Z'.length));
    expect(await moves('sync', 'copy', `file:///${path.join(cwd, 'deep/er')}`)).toEqual({ 'a.txt': 'done' });
    const shrunk = await run('sync', 'copy/', 's3://two', '--delete', '--yes');
    expect(shrunk.stdout).toBe(
      '0 files, 0 B; 1 is there already and left out (--force moves it all the same)\n✗ s3://two/sub/b.txt\n1 object deleted\n',
    );
    expect(filesBelow(path.join(cwd, 'deep/er'))).toEqual(['a.txt']);
    expect((await run('sync', 's3://one/nothing', 'copy', '--delete', '--yes')).code).toBe(1);
    expect(filesBelow(path.join(cwd, 'copy'))).toEqual(['a.txt']);
  });
});
