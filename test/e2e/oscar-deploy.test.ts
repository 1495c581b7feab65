/** Workflows on fake clusters of three releases: set up, changed, removed, and what stays. */
import { describe, expect, it } from 'vitest';
import type { Workflow } from '../../src/workflow/model.ts';
import { workflowOf } from '../providers/local/samples.ts';
import { applyOn, planned, planOn, unhappy } from '../providers/oscar/deploying.ts';
import { needs } from '../standins/need.ts';
import { openRealOscar as openOscar } from '../standins/oscar/lab.ts';
import type { Oscar } from '../standins/oscar/oscar.ts';

const IS_REAL = needs('minio');

const RELEASES = ['3.6.1', '4.0.0', '4.1.2'];

/** Two services that share a bucket: what the first writes starts the second. */
function shared(more = '', first = ''): Workflow {
  return workflowOf(`name: shop
functions:
  oscar:
  - lab:
      name: upper
      image: busybox
      script: |
        #!/bin/sh
        tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
      input: [{storage_provider: minio, path: flow/in}]
      output: [{storage_provider: minio, path: flow/med}]
${first.replace(/^/gm, '      ')}
  - lab:
      name: count
      image: busybox
      script: |
        #!/bin/sh
        wc -c < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/size"
      input: [{storage_provider: minio.default, path: flow/med}]
      output: [{storage_provider: minio.default, path: flow/res}]
${more.replace(/^/gm, '      ')}
`);
}

async function put({ minio }: Oscar, Bucket: string, Key: string, Body: string): Promise<void> {
  const { PutObjectCommand: Put, S3Client } = await import('@aws-sdk/client-s3');
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = minio.root;
  const client = new S3Client({
    endpoint: minio.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  await client.send(new Put({ Bucket, Key, Body, ContentLength: Body.length }));
  client.destroy();
}

async function keysOf({ minio }: Oscar, bucket: string): Promise<readonly string[]> {
  const { ListObjectsV2Command } = await import('@aws-sdk/client-s3');
  const { Contents = [] } = await minio.client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.flatMap(({ Key = '' }) => (Key.endsWith('/') ? [] : [Key]));
}

describe.skipIf(!IS_REAL).each(RELEASES)('on OSCAR %s', (release) => {
  it('two services that share a bucket are set up, triggered, kept, and removed', async () => {
    const oscar = await openOscar({ release, settings: { runs: true } });
    const urls = { lab: oscar.url };
    expect(unhappy(await applyOn(shared(), urls))).toEqual([]);
    await put(oscar, 'flow', 'in/hello.txt', 'hello');
    await oscar.settled();
    expect(oscar.minio.lost).toEqual([]);
    expect(await keysOf(oscar, 'flow')).toEqual(['in/hello.txt', 'med/hello.txt', 'res/size']);

    oscar.forget();
    expect(planned((await applyOn(shared(), urls)).plan)).toEqual([]);
    expect(oscar.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
    // What a cluster is and where its MinIO is, and each service once.
    expect(oscar.calls).toHaveLength(4);

    const removed = await applyOn(shared(), urls, { remove: true });
    expect(unhappy(removed)).toEqual(['kept oscar/lab/bucket/flow: has 3 files; --delete-data removes it']);
    expect([...oscar.cluster.services.keys()]).toEqual([]);
    expect(await keysOf(oscar, 'flow')).toHaveLength(3);
    expect(oscar.minio.listeners('flow')).toEqual([]);

    await applyOn(shared(), urls, { remove: true, deleteData: true });
    expect(await oscar.minio.buckets()).toEqual([]);
  });

  it('a change reaches the service, which still hears of files', async () => {
    const oscar = await openOscar({ release, settings: { runs: true } });
    const urls = { lab: oscar.url };
    await applyOn(shared(), urls);
    const changed = shared('memory: 1Gi\nenvironment: {variables: {MODE: fast}}');
    const { plan } = await applyOn(changed, urls);
    expect(planned(plan)).toEqual(['update oscar/lab/service/count environment.variables.MODE,memory']);
    expect(oscar.cluster.services.get('count')).toMatchObject({ memory: '1Gi', owner: 'cluster_admin' });
    expect(planned((await planOn(changed, urls)).plan)).toEqual([]);
    await put(oscar, 'flow', 'med/x', 'data');
    await oscar.settled();
    expect(oscar.minio.lost).toEqual([]);
    expect(await keysOf(oscar, 'flow')).toContain('res/size');
  });

  it('a service that goes takes neither data nor the triggers of its neighbours along', async () => {
    const oscar = await openOscar({ release, settings: { runs: true } });
    const urls = { lab: oscar.url };
    const whole = shared();
    await applyOn(whole, urls);
    await put(oscar, 'flow', 'kept/file', 'data');
    const half = { ...whole, steps: whole.steps.slice(1) };
    const { plan } = await planOn(half, urls, { orphans: 'delete' });
    expect(planned(plan)).toEqual(['delete oscar/lab/service/upper']);
    expect(unhappy(await applyOn(half, urls, { orphans: 'delete' }))).toEqual([]);
    expect([...oscar.cluster.services.keys()]).toEqual(['count']);
    expect(oscar.minio.listeners('flow').map(({ prefix }) => prefix)).toEqual(['med/']);
    await put(oscar, 'flow', 'med/x', 'data');
    await oscar.settled();
    expect(await keysOf(oscar, 'flow')).toEqual(['kept/file', 'med/x', 'res/size']);
  });
});
