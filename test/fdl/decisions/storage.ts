/** Rows about stores and the folders in them. */
import type { Workflow } from '../../../src/workflow/model.ts';
import { onAws, onOscar } from '../read-text.ts';
import { type Decision, folders } from './decision.ts';

const input = (provider: string, path: string) => `input:\n- storage_provider: ${provider}\n  path: ${path}`;
const output = (provider: string, path: string) =>
  `output:\n- storage_provider: ${provider}\n  path: ${path}`;
const stores = (workflow: Workflow) => workflow.stores.map(({ id, namespace }) => `${id} in ${namespace}`);
const server = (name: string, url = 'https://minio.example.org') =>
  `    ${name}: {endpoint: "${url}", access_key: a, secret_key: b}`;

export const STORAGE: readonly Decision[] = [
  {
    what: 'a storage provider without an id: `minio`, `s3`',
    fdl: onOscar(input('minio', 'bucket/in')),
    read: folders,
    gives: ['minio.cluster bucket in'],
  },
  {
    what: 'a storage provider in capitals: `MinIO.Default`, `S3`',
    fdl: onAws(`${input('S3', 'bucket/in')}\n${output('S3.DEFAULT', 'bucket/out')}`),
    read: folders,
    gives: ['s3.default bucket in', 's3.default bucket out'],
  },
  {
    what: 'an entry without `storage_provider`',
    fdl: onAws('input:\n- path: bucket/in'),
    findings: ['no-provider 9:9'],
    read: folders,
    gives: ['s3.default bucket in'],
  },
  {
    what: 'an entry without `path`',
    fdl: onAws('input:\n- storage_provider: s3'),
    findings: ['missing-key 9:9'],
  },
  {
    what: 'an entry whose `path` is empty, longer than any key, or begins with `.` or `..`',
    fdl: onAws(`${input('s3', '""')}\n${output('s3', `bucket/${'a'.repeat(2000)}`)}`),
    findings: ['no-path 10:15 any', 'no-path 13:15 any'],
    read: folders,
    gives: [],
  },
  {
    what: 'slashes at the ends of a path, or two in a row',
    fdl: onAws(input('s3', '/bucket//in/')),
    read: folders,
    gives: ['s3.default bucket in'],
  },
  {
    what: 'a path of one word, on AWS',
    fdl: onAws(input('s3', 'bucket')),
    read: folders,
    gives: ['s3.default bucket '],
  },
  {
    what: '`suffix` or `prefix` of an input, on OSCAR',
    fdl: onOscar(`${input('minio', 'bucket/in')}\n  suffix: .csv`),
    findings: ['filter-without-effect 10:17'],
    says: 'every file in the folder starts "step"',
    read: folders,
    gives: ['minio.cluster bucket in'],
  },
  {
    what: 'a path of one word, on OSCAR',
    fdl: onOscar(output('minio', '/out/')),
    findings: ['path-without-bucket 9:15'],
    says: 'OSCAR before 4.1.0 takes the word for a bucket',
    read: folders,
    gives: ['minio.cluster step out'],
  },
  {
    what: '`minio.default` of a service, where the file declares one too',
    fdl: onOscar(output('minio.default', 'bucket/out'), `storage_providers:\n  minio:\n${server('default')}`),
    read: folders,
    gives: ['minio.cluster bucket out'],
  },
  {
    what: '`minio.<cluster>` for the MinIO of another cluster of the file',
    fdl: onOscar(output('minio.edge', 'bucket/out'), 'clusters:\n  edge: {}'),
    read: folders,
    gives: ['minio.edge bucket out'],
  },
  {
    what: 'a storage provider that is not declared',
    fdl: onOscar(
      output('minio.mine', 'bucket/out'),
      'storage_providers:\n  minio: {mini: {endpoint: "http://m"}}',
    ),
    findings: ['unknown-store 8:27 cloud'],
    says: 'Did you mean minio.mini?',
    read: folders,
    gives: ['minio.mine bucket out'],
  },
  {
    what: 'a storage provider of an unknown kind: `dropbox`',
    fdl: onAws(output('dropbox.mine', 'bucket/out')),
    findings: ['unknown-store 9:27 any'],
    read: folders,
    gives: [],
  },
  {
    what: '`s3.my_s3`: S3 with keys of its own',
    fdl: onOscar(
      output('s3.my_s3', 'bucket/out'),
      'storage_providers:\n  s3: {my_s3: {access_key: a, secret_key: b}}',
    ),
    read: stores,
    gives: ['s3.my_s3 in s3.default'],
  },
  {
    what: 'two storage providers with one endpoint',
    fdl: onAws(
      `${output('minio.one', 'bucket/out')}\n- storage_provider: minio.two\n  path: bucket/more`,
      '',
      `storage_providers:\n  minio:\n${server('one')}\n${server('two', 'https://MINIO.example.org/')}`,
    ),
    read: stores,
    gives: ['minio.one in minio.one', 'minio.two in minio.one'],
  },
  {
    what: 'user and password in the address of a storage provider',
    fdl: onOscar(
      output('minio.mine', 'bucket/out'),
      `storage_providers:\n  minio:\n${server('mine', 'http://me:hunter22@minio.example.org:9000')}`,
    ),
    findings: ['login-in-address 12:22'],
    says: 'has a login, which is left out',
    read: ({ stores: all }) => all.map(({ endpoint }) => endpoint),
    gives: ['http://minio.example.org:9000'],
  },
  {
    what: 'an input that the step cannot hear of: MinIO on AWS, S3 on OSCAR',
    fdl: onOscar(input('s3', 'bucket/in')),
    findings: ['unheard-input 9:15 cloud'],
    says: 'storage_provider: minio.default',
  },
  {
    what: 'an output to a storage provider without credentials',
    fdl: onOscar(output('s3', 'bucket/out')),
    findings: ['no-credentials 9:15 cloud'],
    says: '${env:AWS_ACCESS_KEY_ID}',
  },
  {
    what: '`storage_providers` below `functions`',
    fdl: `${onAws(output('minio.mine', 'bucket/out'))}  storage_providers:\n    minio:\n  ${server('mine')}\n`,
    findings: ['misplaced-storage 11:3'],
    read: stores,
    gives: ['minio.mine in minio.mine'],
  },
  {
    what: '`storage_providers` inside a service',
    fdl: onOscar(`${output('minio.mine', 'bucket/out')}\nstorage_providers:\n  minio:\n${server('mine')}`),
    findings: ['misplaced-storage 10:7'],
    read: stores,
    gives: ['minio.mine in minio.mine'],
  },
  {
    what: 'one storage provider with different values in two places',
    fdl: onOscar(
      `storage_providers:\n  minio:\n${server('mine')}`,
      `storage_providers:\n  minio:\n${server('mine', 'http://other')}`,
    ),
    findings: ['misplaced-storage 7:7', 'storage-conflict 9:18'],
    says: '"endpoint" is defined twice',
  },
  {
    what: '`storage_providers.s3` or another kind as a list',
    fdl: onAws('', '', 'storage_providers:\n  s3:\n  - name: bucket'),
    findings: ['legacy-storage 9:3'],
    says: 'Write a map: s3:',
  },
];
