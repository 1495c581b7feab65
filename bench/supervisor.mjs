/**
 * What the supervisor costs: one event as a whole process beside starting Node, the start of the events' gateway, and
 * events of a function that is warm:
 * `node bench/supervisor.mjs [ROUNDS] [INVOCATIONS]`. The files are in S3 if AWS_ENDPOINT_URL names a server (moto),
 * else in local folders. The event's script copies its input of 5 bytes.
 * Overhead is what is left of an invocation without the script and without the requests, made one after the other.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { inTurns, middle, table } from './measure.mjs';
import { timeInvocations } from './runtime-api.mjs';

const rounds = Number(process.argv[2] ?? 15);
const BLOCKS = 5;
const times = Number(process.argv[3] ?? 100);
const program = fileURLToPath(new URL('../dist/supervisor.mjs', import.meta.url));
const gateway = fileURLToPath(new URL('../dist/gateway.mjs', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const server = process.env['AWS_ENDPOINT_URL'];

const store = 's3.default';
const buckets = ['in', 'out'].map((name) => `fdl-bench-${process.pid}-${name}`);
const [input, output] = buckets;
const config = {
  workflow: 'bench',
  step: 'copy',
  script: 'script.sh',
  inputs: [{ store, bucket: input, prefix: '' }],
  outputs: [{ store, bucket: output, prefix: 'copied', prefixes: [], suffixes: [] }],
  environment: {},
  stores: [],
};
const s3 = { bucket: { name: input }, object: { key: 'file.txt', size: 5 } };
const event = JSON.stringify({
  Records: [{ eventSource: 'aws:s3', eventTime: '2026-01-01T00:00:00Z', s3 }],
});
writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
writeFileSync(join(dir, 'event.json'), event);
writeFileSync(join(dir, 'script.sh'), '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n');

const stores = join(dir, 'stores');
const env = {
  FDL_CONFIG: join(dir, 'config.json'),
  // A function removes what appears in the folder for its tasks: here that must not be everybody's.
  FDL_TMP: join(dir, 'tmp'),
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench-secret-key',
  ...(server === undefined && { FDL_STORES: stores }),
};

const keys = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY };
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
const client = new S3Client({ region: env.AWS_REGION, forcePathStyle: true, credentials: keys });
const put = (Bucket, Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello' }));

async function prepareFiles() {
  if (server === undefined) {
    for (const bucket of buckets) mkdirSync(join(stores, store, bucket), { recursive: true });
    writeFileSync(join(stores, store, input, 'file.txt'), 'hello');
  } else {
    for (const Bucket of buckets) await client.send(new CreateBucketCommand({ Bucket }));
    await put(input, 'file.txt');
  }
}

async function removeFiles() {
  rmSync(dir, { recursive: true, force: true });
  if (server === undefined) return;
  for (const Bucket of buckets) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await client.send(new DeleteBucketCommand({ Bucket }));
  }
}

/** The median of the milliseconds of so many runs. */
async function timed(count, run) {
  const all = [];
  for (let index = 0; index < count; index++) {
    const begin = performance.now();
    await run(index);
    all.push(performance.now() - begin);
  }
  return middle(all);
}

/** What has to be done anyway: the script's processes, and one request for the input and one for the output. */
async function necessary() {
  const argv = ['sh', [join(dir, 'script.sh')]];
  const variables = { ...process.env, INPUT_FILE_PATH: join(dir, 'event.json'), TMP_OUTPUT_DIR: dir };
  const script = await timed(times, () => spawnSync(...argv, { env: variables }));
  if (server === undefined) return { script, requests: 0 };
  const requests = await timed(times, async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: input, Key: 'file.txt' }));
    await Body.transformToByteArray();
    await put(output, 'copied/file.txt');
  });
  return { script, requests };
}

try {
  await prepareFiles();
  console.log(`files in ${server === undefined ? 'local folders' : `S3 at ${server}`}`);
  const argv = ['node', program];
  const candidates = [
    { name: 'node -e 0', argv: ['node', '-e', '0'] },
    { name: 'one event', argv: [...argv, '--event', join(dir, 'event.json')], env },
    { name: 'gateway', argv: ['node', gateway] },
  ];
  console.log(table(inTurns(candidates, rounds)));
  const blocks = [];
  // In turns, so that a slow moment of the machine hits invocations and what they are compared with alike.
  for (let block = 0; block < BLOCKS; block++) {
    const { warm, cpu } = await timeInvocations({ argv, env, event, times });
    const [answered, ready] = ['answered', 'ready'].map((name) => middle(warm.map((each) => each[name])));
    const { script, requests } = await necessary();
    blocks.push({ answered, ready, script, requests, cpu, overhead: ready - script - requests });
  }
  const show = (name) => `${middle(blocks.map((each) => each[name])).toFixed(1)} ms`;
  console.log(`${BLOCKS} times ${times} warm invocations, medians:`);
  console.log(`answered after ${show('answered')}, ready for the next after ${show('ready')}`);
  console.log(`of this the script alone: ${show('script')}, the requests alone: ${show('requests')}`);
  console.log(`overhead: ${show('overhead')}; cpu of the supervisor itself: ${show('cpu')}`);
} finally {
  await removeFiles();
}
