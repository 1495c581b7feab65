/** Files in stores with and without a workflow, on MinIO itself: what the page says, by the built program; the rest by the library. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
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
import type { Moved } from '../../src/session/files/index.ts';
import { openFiles } from '../../src/session/files/index.ts';
import { open } from '../../src/session/index.ts';
import { quietly } from '../../src/storage/s3/client.ts';
import { s3Storage } from '../../src/storage/s3/index.ts';
import { needs } from '../standins/need.ts';
import { openRealOscar } from '../standins/oscar/lab.ts';
import { BIN, fdl, fdlJson, NODE, ROOT } from './fdl.ts';
import { clusterEnv } from './oscar-lab.ts';
import { type Files, filesBelow, project, UPPER, workflowText } from './project.ts';
import { ENTER, fdlInPty } from './pty.ts';

const KEYS = { accessKeyId: 'minio', secretAccessKey: 'minio-secret-key' };
const REGION = 'us-east-1';

/** A cluster with these buckets, and a folder with files. */
async function desk(contents: Files, buckets: readonly string[]) {
  const oscar = await openRealOscar();
  const server = { endpoint: oscar.minio.url, region: REGION, credentials: KEYS };
  const client = quietly(() => new S3Client({ ...server, forcePathStyle: true }));
  for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
  const cwd = project(contents);
  const env = {
    ...clusterEnv('lab', oscar.url),
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    AWS_ENDPOINT_URL: oscar.minio.url,
  };
  return { oscar, client, cwd, env, server };
}

/** The same for who calls the library: `s3://` is the server, whatever it is called. */
async function library(contents: Files, buckets: readonly string[]) {
  const { server, cwd, ...more } = await desk(contents, buckets);
  const storage = s3Storage(server);
  const store = async ({ provider, name = 'default' }: { provider: string; name?: string }) => {
    return { id: `${provider}.${name}`, storage };
  };
  const workflow = { isNamed: true, open: async () => ({ store }) };
  return { ...more, cwd, storage, files: openFiles({ workingDirectory: cwd, workflow }) };
}

/** What became of files, by their last names. */
const states = (moved: readonly Moved[]) =>
  Object.fromEntries(moved.map(({ source, target, status }) => [path.basename(target ?? source), status]));

async function namesAt(files: ReturnType<typeof openFiles>, place: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of files.list(place, { recursive: true })) names.push(name);
  return names;
}

describe.skipIf(!needs('minio'))('docs/files.md', () => {
  it('shows what happens', async () => {
    const { cwd, env } = await desk({ 'data/a.txt': 'hello\n', 'data/sub/b.csv': '1,2,3\n' }, [
      'my-bucket',
      'other-bucket',
    ]);
    const page = readFileSync(path.join(ROOT, 'docs/files.md'), 'utf8');
    const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
    const shown = blocks.join('');
    const commands = [...shown.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line);
    expect(commands.length).toBeGreaterThan(10);
    const fdlCommand = `fdl() { '${NODE}' '${BIN}' "$@"; }`;
    const script = [
      fdlCommand,
      ...commands.flatMap((line) => [`printf '%s\\n' '$ '${quoted(line)}`, line]),
    ].join('\n');
    const options = {
      cwd,
      env: { ...env, PATH: process.env['PATH'], CI: 'true' },
      encoding: 'utf8',
    } as const;
    const { stdout } = await promisify(execFile)('sh', ['-ec', script], options);
    const today = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g;
    expect(stdout.replaceAll(`${cwd}/`, '/home/ada/').replace(today, '2026-01-31 12:00:00Z')).toBe(shown);
  });
});

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

describe.skipIf(!needs('minio'))('files in stores', () => {
  it('move where they are not yet, told by size and time, or by their content', async () => {
    const binary = randomBytes(3 * 2 ** 20);
    const contents = {
      'data/a.txt': 'hello',
      'data/sub/b.csv': 'one',
      'data/sub/ü.bin': binary,
      'c.csv': 'c',
    };
    const { cwd, files, storage } = await library(contents, ['one', 'two']);
    expect(states(await files.put(['data'], 's3://one/in'))).toEqual({
      'a.txt': 'done',
      'b.csv': 'done',
      'ü.bin': 'done',
    });
    // The same size and an older file: only its content tells.
    writeFileSync(path.join(cwd, 'data/a.txt'), 'HELLO');
    utimesSync(path.join(cwd, 'data/a.txt'), 0, 0);
    expect(states(await files.put(['data'], 's3://one/in'))).toMatchObject({ 'a.txt': 'unchanged' });
    const checked = await files.put(['data'], 's3://one/in', { checksum: true });
    expect(states(checked)).toEqual({ 'a.txt': 'done', 'b.csv': 'unchanged', 'ü.bin': 'unchanged' });
    expect(states(await files.put(['*.csv', 'data/**/*.csv'], 's3://one/in', { force: true }))).toEqual({
      'c.csv': 'done',
      'b.csv': 'done',
    });
    expect(await namesAt(files, 's3://one')).toEqual([
      'in/a.txt',
      'in/b.csv',
      'in/c.csv',
      'in/sub/b.csv',
      'in/sub/ü.bin',
    ]);

    const places = ['s3://one/in/sub', 's3://one/in/*.csv'];
    // Two objects would be one file: the first is kept, and the other named.
    expect((await files.get(places, 'out')).map(({ source, status }) => [source, status])).toEqual([
      ['s3://one/in/b.csv', 'failed'],
      ['s3://one/in/sub/b.csv', 'done'],
      ['s3://one/in/sub/ü.bin', 'done'],
      ['s3://one/in/c.csv', 'done'],
    ]);
    expect(readFileSync(path.join(cwd, 'out/ü.bin')).equals(binary)).toBe(true);
    expect(
      states(await files.get(['s3://one/in'], 'out', { patterns: ['*.csv'], newer: new Date('2100-01-01') })),
    ).toEqual({});

    // On the server: nothing is read or written from here.
    storage.download = storage.upload = () => Promise.reject(new Error('not here'));
    expect(states(await files.copy('s3://one/in/', 's3://two/copy', { recursive: true }))).toMatchObject({
      'a.txt': 'done',
      'ü.bin': 'done',
    });
    expect(await text(await files.read('s3://two/copy/a.txt'))).toBe('HELLO');
  });

  it('keep their time, so that folders are the same in both directions, and lose only what is told', async () => {
    const contents = { 'data/a.txt': 'a', 'data/sub/b.txt': 'b', 'outside/c.txt': 'c', 'copy/old.txt': 'o' };
    const { cwd, files } = await library(contents, ['one', 'two']);
    const sync = async (from: string, to: string, options: { remove?: boolean; dryRun?: boolean } = {}) => {
      const { moved, extra } = await files.sync(await files.planSync(from, to, options), options);
      return [states(moved), extra.map(({ uri, status }) => `${uri} ${status}`)];
    };
    const [done, unchanged] = [
      { 'a.txt': 'done', 'b.txt': 'done' },
      { 'a.txt': 'unchanged', 'b.txt': 'unchanged' },
    ];
    expect(await sync('data', 's3://one/d')).toEqual([done, []]);
    await files.put(['data/a.txt'], 's3://one/d/old');
    const old = 's3://one/d/old/a.txt';
    expect(await sync('data', 's3://one/d', { remove: true, dryRun: true })).toEqual([
      unchanged,
      [`${old} planned`],
    ]);
    // What may be missing in the source by mistake is no reason to delete anything.
    symlinkSync('nowhere', path.join(cwd, 'data/dangling'));
    expect((await sync('data', 's3://one/d', { remove: true }))[1]).toEqual([`${old} kept`]);
    rmSync(path.join(cwd, 'data/dangling'));
    expect(await sync('data', 's3://one/d', { remove: true })).toEqual([unchanged, [`${old} deleted`]]);
    expect(await sync('s3://one/d', 's3://two')).toEqual([done, []]);
    utimesSync(path.join(cwd, 'data/a.txt'), 1, 1);
    // What lies behind a link in the target is not of the target.
    symlinkSync('../outside', path.join(cwd, 'copy/link'));
    const oldFile = path.join(cwd, 'copy/old.txt');
    expect(await sync('data', 'copy', { remove: true })).toEqual([done, [`${oldFile} deleted`]]);
    expect(filesBelow(path.join(cwd, 'outside'))).toEqual(['c.txt']);
    expect(statSync(path.join(cwd, 'copy/a.txt')).mtimeMs).toBe(1000);
    expect(await sync('copy', 'data')).toEqual([unchanged, []]);
    expect(await sync('copy/', `file://${path.join(cwd, 'deep/er')}`)).toEqual([done, []]);
    expect(filesBelow(path.join(cwd, 'deep/er'))).toEqual(['a.txt', 'sub/b.txt']);
    await expect(sync('s3://one/nothing', 'copy', { remove: true })).rejects.toMatchObject({
      code: 'source-empty',
    });
  });

  it('are in stores of a workflow and of clusters, by their ids', async () => {
    const { oscar, cwd, env } = await desk({ 'a.txt': 'a' }, ['one', 'two']);
    const mine = {
      endpoint: oscar.minio.url,
      access_key: KEYS.accessKeyId,
      secret_key: KEYS.secretAccessKey,
    };
    const file = path.join(cwd, 'shop.yaml');
    writeFileSync(file, workflowText([UPPER], { storage_providers: { minio: { mine } } }));
    const settings = { workingDirectory: cwd, environment: env };
    const workflow = { isNamed: false, open: () => open(file, { ...settings, purpose: 'look' }) };
    const files = openFiles({ ...settings, workflow });
    await files.put(['a.txt'], 'minio.mine://one/in');
    expect(states(await files.copy('minio.mine://one/in/a.txt', 'minio.lab://two/b.txt'))).toEqual({
      'b.txt': 'done',
    });
    // What only some stores can do, these can, however they are found.
    const buckets = ['one', 'two'].map((name) => `minio.lab://${name}`);
    expect(await files.buckets('minio.lab://')).toEqual(buckets);
    expect((await fdl(['ls', 's3://', '-f', 'shop.yaml'], { cwd, env })).stdout).toBe('s3://one\ns3://two\n');
    // Without the workflow, the cluster is known all the same, and the store is not.
    const alone = openFiles(settings);
    expect(await text(await alone.read('minio.lab://two/b.txt'))).toBe('a');
    await expect(alone.read('minio.mine://two/b.txt')).rejects.toMatchObject({ code: 'unknown-store' });
  });

  it('say what is wrong, with a code', async () => {
    const { cwd, env } = await desk({ 'a.txt': '' }, ['one']);
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['ls', 's3://one/nothing'], 1, 'object-not-found'],
      [['get', 's3://none'], 1, 'bucket-not-found'],
      [['put', 's3://one/in'], 2, 'usage'],
      [['put', '-', 's3://one/'], 2, 'uri-invalid'],
      [['cp', '-r', 's3://one', 's3://one/below'], 2, 'same-place'],
      [['rm', 's3://one', 'a.txt'], 2, 'usage'],
    ];
    const ends = await Promise.all(
      cases.map(async ([args]) => {
        const { code, json } = await fdlJson<{ error: { code: string } }>(args, { cwd, env });
        return [args, code, json.error.code];
      }),
    );
    expect(ends).toEqual(cases);
    const nobody = 'http://127.0.0.1:1';
    const meant = [
      fdl(['ls', 's3:/one/a'], { cwd, env }),
      fdl(['ls', 's3://x/a'], { cwd, env }),
      fdl(['ls', 's3://one/a'], { cwd, env: { ...env, AWS_ENDPOINT_URL: nobody } }),
    ];
    expect((await Promise.all(meant)).map(({ stderr }) => /hint: (.*)/.exec(stderr)?.[1])).toEqual([
      'Did you mean s3://one/a?',
      expect.stringMatching(/^"x" is no name for a bucket. Use 3 to 63 /),
      `Check that ${nobody} is right and can be reached from here.`,
    ]);
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
    const { client, cwd, env } = await desk({ 'a/b.tmp': 'x', 'a/c.txt': 'yy' }, ['one', 'kept']);
    const versioned = { Bucket: 'kept', VersioningConfiguration: { Status: 'Enabled' as const } };
    await client.send(new PutBucketVersioningCommand(versioned));
    // The server serves other tests, too, which delete buckets without looking for versions.
    onTestFinished(() => deleteVersions(client, 'kept'));
    for (const Key of ['a/', 'a/empty/', 'a/b.tmp', 'a/c.txt']) {
      const Body = Key.endsWith('/') ? '' : readFileSync(path.join(cwd, Key));
      await client.send(new PutObjectCommand({ Bucket: 'one', Key, Body, ContentLength: Body.length }));
    }
    await fdl(['put', 'a', 's3://kept/a'], { cwd, env });
    const pty = await fdlInPty(['rm', '-r', 's3://one/a'], { cwd, columns: 90, env });
    await pty.says(/Delete 2 objects \(3 B\) below s3:\/\/one\/a\? It cannot be had again\. \[y\/N\]/);
    pty.type(`y${ENTER}`);
    expect(await pty.ended).toEqual({ code: 0 });
    const left = await fdlJson(['ls', 's3://one'], { cwd, env });
    expect(left.json).toMatchObject({ objects: [], folders: [] });
    const unasked = await fdl(['rm', 's3://kept/a/c.txt'], { cwd, env });
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('there is nobody to ask')]);
    const kept = await fdl(['rm', 's3://kept/a/*.tmp', '--yes'], { cwd, env });
    expect([kept.code, kept.stdout]).toEqual([0, '1 object deleted, 1 B\n']);
    expect(kept.stderr).toContain('kept keeps versions');
  });
});
