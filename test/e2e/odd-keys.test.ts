/** `fdl get` of objects whose keys are no file names, from servers that somebody else wrote. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietly } from '../../src/storage/s3/client.ts';
import { MOTO_KEYS, startMoto } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';
import type { Server } from '../standins/server.ts';
import { fdlJson } from './fdl.ts';
import { filesBelow, project, UPPER, workflowText } from './project.ts';

interface Got {
  readonly transfers: readonly { source: string; status: string; target?: string; reason?: string }[];
}

describe.skipIf(!needs('moto'))('fdl get', () => {
  let moto: Server;
  let client: S3Client;
  let count = 0;

  beforeAll(async () => {
    moto = await startMoto();
    client = quietly(() => {
      const shared = { endpoint: moto.url, region: 'us-east-1', credentials: MOTO_KEYS };
      return new S3Client({ ...shared, forcePathStyle: true });
    });
  });

  afterAll(async () => moto?.stop());

  /** Puts objects below `upper/` of a new bucket; answers how to get them in a new folder. */
  async function bucketOf(objects: Readonly<Record<string, string>>) {
    const bucket = `odd-${++count}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const [name, content] of Object.entries(objects)) {
      const put = { Bucket: bucket, Key: `upper/${name}`, Body: content };
      // The SDK would take "." and ".." out of the path otherwise, as a browser does.
      await client.send(new PutObjectCommand(put));
    }
    const step = { ...UPPER, input: `${bucket}/in`, outputs: [`${bucket}/upper`] };
    const cwd = project({ 'workflow.yaml': workflowText([step]) });
    const env = {
      AWS_ENDPOINT_URL: moto.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: MOTO_KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: MOTO_KEYS.secretAccessKey,
    };
    const get = () => fdlJson<Got>(['get', '-f', 'workflow.yaml', '-o', 'out'], { cwd, env });
    return { cwd, bucket, get };
  }

  const LONG = 'n'.repeat(256);

  it('refuses by name what would leave the folder or be no file of it, and fetches the rest: exit 1', async () => {
    const refused = ['../../../escaped', 'x//y', './z', 'a', 'folder/', `long/${LONG}`, '/absolute'];
    const fine = ['x/y', 'a/b', 'ä ö+%2F/ü.txt', '...', 'z'];
    const content = Object.fromEntries([...refused, ...fine].map((name) => [name, `content of ${name}`]));
    const { cwd, bucket, get } = await bucketOf(content);
    const { code, json, stderr } = await get();
    expect(existsSync(path.join(cwd, '../escaped'))).toBe(false);

    const out = path.join(cwd, 'out/upper');
    expect(filesBelow(out)).toEqual([...fine].sort());
    for (const name of fine) expect(readFileSync(path.join(out, name), 'utf8')).toBe(`content of ${name}`);
    const failed = json.transfers.filter(({ status }) => status === 'failed');
    expect(failed.map(({ source }) => source).sort()).toEqual(
      refused.map((name) => `s3://${bucket}/upper/${name}`).sort(),
    );
    for (const name of refused) expect(stderr).toContain(`s3://${bucket}/upper/${name}`);
    expect(code).toBe(1);
  });

  it('writes through no link of the folder', async () => {
    const { cwd, get } = await bucketOf({
      'linked/stolen': 'new',
      'deep/er/stolen': 'new',
      good: 'good',
      last: 'new',
    });
    const elsewhere = path.join(cwd, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(path.join(cwd, 'out/upper/deep'), { recursive: true });
    symlinkSync(elsewhere, path.join(cwd, 'out/upper/linked'));
    symlinkSync(elsewhere, path.join(cwd, 'out/upper/deep/er'));
    writeFileSync(path.join(cwd, 'own'), 'own');
    symlinkSync(path.join(cwd, 'own'), path.join(cwd, 'out/upper/last'));
    const { code, stderr } = await get();
    expect(filesBelow(elsewhere)).toEqual([]);
    expect(readFileSync(path.join(cwd, 'own'), 'utf8')).toBe('own');
    expect(readFileSync(path.join(cwd, 'out/upper/good'), 'utf8')).toBe('good');
    expect(readFileSync(path.join(cwd, 'out/upper/last'), 'utf8')).toBe('new');
    expect(stderr).toContain('linked/stolen');
    expect(stderr).toContain('deep/er/stolen');
    expect(code).toBe(1);
  });

  it('follows a link that is the folder itself', async () => {
    const { cwd, get } = await bucketOf({ good: 'good' });
    mkdirSync(path.join(cwd, 'real'));
    symlinkSync(path.join(cwd, 'real'), path.join(cwd, 'out'));
    expect((await get()).code).toBe(0);
    expect(filesBelow(path.join(cwd, 'real'))).toEqual(['upper/good']);
  });

  it('names every file that is in the way of another, and fetches the rest', async () => {
    const { cwd, get } = await bucketOf({ 'a/b': 'x', c: 'y', d: 'z' });
    mkdirSync(path.join(cwd, 'out/upper/c/below'), { recursive: true });
    writeFileSync(path.join(cwd, 'out/upper/a'), 'a file of mine');
    const { code, json } = await get();
    expect(json.transfers.map(({ status }) => status).sort()).toEqual(['done', 'failed', 'failed']);
    expect(readFileSync(path.join(cwd, 'out/upper/d'), 'utf8')).toBe('z');
    expect(readFileSync(path.join(cwd, 'out/upper/a'), 'utf8')).toBe('a file of mine');
    expect(code).toBe(1);
    rmSync(path.join(cwd, 'out'), { recursive: true });
    expect((await get()).code).toBe(0);
  });
});
