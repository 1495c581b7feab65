import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FdlError } from '../../../../src/errors.ts';
import { ownerOf } from '../../../../src/providers/oscar/annotations.ts';
import { exposedUrl, type ServiceAnswer } from '../../../../src/providers/oscar/api/answers.ts';
import { bucketCalls } from '../../../../src/providers/oscar/api/bucket-calls.ts';
import {
  jobCalls,
  serviceCalls,
  systemCalls,
  volumeCalls,
} from '../../../../src/providers/oscar/api/calls.ts';
import { cameWith, isOwnedBy, ownerText } from '../../../../src/providers/oscar/kinds/ownership.ts';
import { ownBuckets, resent } from '../../../../src/providers/oscar/kinds/service/buckets.ts';
import { hidden, serviceChanges } from '../../../../src/providers/oscar/kinds/service/changes.ts';
import { keptOf } from '../../../../src/providers/oscar/kinds/service/write.ts';
import { runs } from '../../../fuzz.ts';
import { mutated } from '../../../mutated.ts';
import { all } from '../clients.ts';

const SERVICE = {
  name: 'upper',
  token: 't0ken',
  owner: 'cluster_admin',
  image: 'alpine',
  memory: '256Mi',
  cpu: '0.2',
  script: 'cat',
  log_level: 'INFO',
  annotations: { 'fdl/workflow': 'w', 'fdl/step': 'upper', 'fdl/buckets': 'a,b' },
  labels: { vo: 'x' },
  input: [{ storage_provider: 'minio.default', path: 'in/data', suffix: ['txt'] }],
  output: [{ storage_provider: 'minio.default', path: 'in/out' }],
  storage_providers: { minio: { default: { endpoint: 'https://minio', access_key: 'k', secret_key: 's' } } },
  environment: { variables: { A: 'b' }, secrets: { C: '' } },
  expose: { api_port: [80, 90], set_auth: true },
  volume: { name: 'v', size: '1Gi', mount_path: '/data' },
  federation: { topology: 'star', members: [{ type: 'oscar', cluster_id: 'lab' }] },
  bucket_list: ['mine'],
  allowed_users: ['ada'],
};

/** Each call with an answer of a real cluster, and what reads it. */
const CALLS: readonly (readonly [string, unknown, (answer: unknown) => Promise<unknown>])[] = [
  [
    'info',
    { version: '4.1.2', serverless_backend: { name: 'knative', version: '1' } },
    (answer) => systemCalls(asking(answer)).info(),
  ],
  [
    'config',
    {
      config: { gpu_available: true, oidc_groups: ['vo'] },
      minio_provider: { endpoint: 'https://minio', access_key: 'k', secret_key: 's', verify: true },
      allowed_image_repositories: ['docker.io'],
    },
    (answer) => systemCalls(asking(answer)).config(),
  ],
  [
    'services',
    [SERVICE, SERVICE],
    async (answer) => (await serviceCalls(asking(answer)).services()).map(used),
  ],
  [
    'service',
    SERVICE,
    async (answer) => used((await serviceCalls(asking(answer)).service('upper')) as ServiceAnswer),
  ],
  [
    'deployment',
    { state: 'ready', active_instances: 1 },
    (answer) => serviceCalls(asking(answer)).deployment('upper'),
  ],
  [
    'deployment logs',
    { available: true, entries: [{ timestamp: '2026-01-01T00:00:00Z', message: 'x' }] },
    async (answer) =>
      (await serviceCalls(asking(answer)).deploymentLogs('upper', 9)).entries.map(({ message }) =>
        message.trim(),
      ),
  ],
  [
    'jobs',
    { jobs: { 'upper-1': { status: 'Succeeded', creation_time: '2026-01-01T00:00:00Z' } } },
    async (answer) =>
      (await all(jobCalls(asking(answer)).jobs('upper'))).map(({ status, created }) => [
        status.trim(),
        created?.trim(),
      ]),
  ],
  [
    'jobs of old releases',
    { 'upper-1': { status: 'Succeeded', creation_time: '2026-01-01T00:00:00Z' } },
    async (answer) =>
      (await all(jobCalls(asking(answer)).jobs('upper'))).map(({ status, created }) => [
        status.trim(),
        created?.trim(),
      ]),
  ],
  [
    'objects',
    {
      objects: [{ object_name: 'a', size_bytes: 3, last_modified: '2026-01-01T00:00:00Z' }],
      is_truncated: false,
    },
    (answer) => all(bucketCalls(asking(answer)).objects('data', '')),
  ],
  [
    'presigned URLs',
    { url: 'http://minio/data/a?x=y', method: 'GET', headers: { a: 'b' }, object_key: 'a' },
    async (answer) =>
      new URL(
        (
          await bucketCalls(asking(answer)).presign({
            bucket: 'data',
            key: 'a',
            operation: 'download',
            seconds: 60,
          })
        ).url,
      ),
  ],
  [
    'volumes',
    { name: 'v', size: '1Gi', attachments: [{ service_name: 'upper' }] },
    async (answer) => (await volumeCalls(asking(answer)).volume('v'))?.attachments?.length,
  ],
];

/** Sends nothing anywhere: every request has this answer. */
function asking(answer: unknown) {
  const body = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
  const send = async () => ({ status: 200, headers: {}, body });
  return { whom: 'cluster lab', send, open: () => Promise.reject(new Error('not asked')) };
}

/** What kinds and lists do with a service. */
function used(service: ServiceAnswer): unknown {
  const site = { owner: 'cluster_admin' };
  const { token: _, ...sent } = SERVICE;
  return [
    ownerOf(service),
    ownerText(service),
    cameWith(service, 'a'),
    isOwnedBy(service, { workflow: 'w' }, site),
    exposedUrl(service, 'https://lab'),
    ownBuckets(service, 'https://minio'),
    serviceChanges(sent as never, service as never),
    hidden(service as never),
    keptOf(service),
    resent(service),
  ];
}

it.each(CALLS)('a right answer to "%s" is taken', async (_, answer, call) => {
  await call(answer);
});

it.each(CALLS)('no answer to "%s" breaks the program', async (_, answer, call) => {
  await fc.assert(
    fc.asyncProperty(mutated(answer), async (wrong) => {
      const thrown = await call(wrong).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (thrown === undefined) return;
      expect(thrown).toBeInstanceOf(FdlError);
      expect((thrown as Error).message).toMatch(/^cluster lab /);
    }),
    { numRuns: runs(400) },
  );
});

it('an answer that is wrong is named with its server, its call and its field', async () => {
  const jobs = (answer: unknown) => all(jobCalls(asking(answer)).jobs('upper'));
  await expect(jobs(null)).rejects.toThrow(
    'cluster lab does not answer /system/logs/upper as OSCAR does: it is null, not an object',
  );
  await expect(jobs({ 'upper-1': { status: 3 } })).rejects.toThrow('upper-1.status is 3, not a text');
  await expect(serviceCalls(asking([null])).services()).rejects.toThrow('[0] is null, not an object');
  await expect(serviceCalls(asking('<html>')).services()).rejects.toThrow('it is a page of HTML');
});
