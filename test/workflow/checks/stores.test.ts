import { describe } from 'vitest';
import { onAws, onOscar } from '../../fdl/read-text.ts';
import { finds } from './rows.ts';

const input = (provider: string, path = 'bkt/in') =>
  `input: [{path: ${path}, storage_provider: ${provider}}]`;
const output = (provider: string, path = 'bkt/out') =>
  `output: [{path: ${path}, storage_provider: ${provider}}]`;
const providers = (kind: string, fields: string) => `storage_providers: {${kind}: {mine: {${fields}}}}`;
const keys = 'access_key: a, secret_key: b';

describe('inputs that nothing listens to', () => {
  finds('unheard-input', 'cloud', [
    ['S3 on AWS', onAws(input('s3')), []],
    ['S3 with keys on AWS', onAws(input('s3.mine'), '', providers('s3', keys)), []],
    [
      'MinIO on AWS',
      onAws(input('minio.mine'), '', providers('minio', `endpoint: "http://m", ${keys}`)),
      ['8 bkt/in'],
      '"storage_provider: s3"',
    ],
    ['WebDAV on AWS', onAws(input('webdav.mine'), '', providers('webdav', 'hostname: h')), ['8 bkt/in']],
    ['the MinIO of the cluster', onOscar(input('minio')), []],
    [
      'a declared MinIO, which may be that of the cluster',
      onOscar(input('minio.mine'), providers('minio', `endpoint: "http://m", ${keys}`)),
      [],
    ],
    [
      'the MinIO of another cluster',
      onOscar(input('minio.other'), 'clusters: {other: {}}'),
      ['7 bkt/in'],
      'minio.default',
    ],
    ['WebDAV on OSCAR', onOscar(input('webdav.mine'), providers('webdav', 'hostname: h')), []],
    ['Rucio on OSCAR', onOscar(input('rucio.mine'), providers('rucio', 'host: h')), []],
    ['S3 on OSCAR', onOscar(input('s3')), ['7 bkt/in']],
    ['Onedata on OSCAR', onOscar(input('onedata.mine'), providers('onedata', 'token: t')), ['7 bkt/in']],
  ]);
});

describe('folders that nothing can open', () => {
  finds('no-credentials', 'cloud', [
    ['S3 on AWS: the function has a role', onAws(output('s3')), []],
    ['S3 on OSCAR', onOscar(output('s3')), ['7 bkt/out'], 'storage_providers.s3.default'],
    ['S3 with keys on OSCAR', onOscar(output('s3.mine'), providers('s3', keys)), []],
    [
      'S3 with empty keys',
      onOscar(output('s3.mine'), providers('s3', 'access_key: "", secret_key: ""')),
      ['7 bkt/out'],
    ],
    [
      'S3 with keys that are left out',
      onOscar(output('s3.mine'), providers('s3', 'region: eu')),
      ['7 bkt/out'],
    ],
    [
      'S3 with keys from the environment',
      onOscar(output('s3.mine'), providers('s3', 'access_key: "${env:NONE:-a}", secret_key: b')),
      [],
    ],
    [
      'MinIO without keys',
      onAws(output('minio.mine'), '', providers('minio', 'endpoint: "http://m"')),
      ['8 bkt/out'],
      'storage_providers.minio.mine',
    ],
    ['the MinIO of a cluster, whose keys the cluster knows', onOscar(output('minio.cluster')), []],
    [
      'that, declared without keys',
      onOscar(output('minio'), 'storage_providers: {minio: {cluster: {endpoint: "http://m"}}}'),
      [],
    ],
    [
      'Onedata without a token',
      onOscar(output('onedata.mine'), providers('onedata', 'oneprovider_host: h')),
      ['7 bkt/out'],
      'Fill in its credentials',
    ],
    [
      'WebDAV with a password',
      onOscar(output('webdav.mine'), providers('webdav', 'hostname: h, login: l, password: p')),
      [],
    ],
    ['a store that is not declared is another finding', onOscar(output('s3.other')), []],
    [
      'an input of WebDAV',
      onOscar(input('webdav.mine'), providers('webdav', 'hostname: h')),
      ['7 bkt/in'],
      '"step" reads from webdav.mine',
    ],
    [
      'one key of two',
      onAws(output('minio.mine'), '', providers('minio', 'endpoint: "http://m", access_key: a')),
      ['9 mine'],
      'has no "secret_key"',
    ],
    [
      'S3 on AWS with one key of two',
      onAws(output('s3.mine'), '', providers('s3', 'access_key: a')),
      ['9 mine'],
      'Add "secret_key" to it below "storage_providers.s3.mine"',
    ],
    [
      'WebDAV with a token in place of a login',
      onAws(output('webdav.mine'), '', providers('webdav', 'hostname: h, token: t')),
      [],
    ],
    [
      'that on OSCAR, whose supervisor knows none',
      onOscar(output('webdav.mine'), providers('webdav', 'hostname: h, token: t')),
      ['8 mine'],
      'has no "login" and "password"',
    ],
    [
      'WebDAV without a password',
      onOscar(input('webdav.mine'), providers('webdav', 'hostname: h, login: l')),
      ['8 mine'],
      'has no "password"',
    ],
  ]);

  finds('storage-incomplete', 'cloud', [
    ['no address', onAws(output('minio.mine'), '', providers('minio', keys)), ['9 mine'], '"endpoint"'],
    [
      'a MinIO that starts the service: that of its cluster',
      onOscar(
        `${input('minio.mine')}\n${output('minio.mine')}`,
        providers('minio', 'endpoint: "http://m", access_key: a'),
      ),
      [],
    ],
    ['a folder of the cluster that is mounted', onOscar('mount: {storage_provider: minio, path: /bkt}'), []],
    [
      'a folder of another MinIO that is mounted',
      onOscar('mount: {storage_provider: minio.mine, path: /bkt}', providers('minio', keys)),
      ['8 mine'],
      'has no "endpoint"',
    ],
    [
      'a mounted store that is not declared',
      onOscar('mount: {storage_provider: webdav.other, path: /bkt}'),
      ['7 webdav.other'],
      'has no "hostname" and "login" and "password"',
    ],
  ]);

  const reached = (host: string) =>
    onAws(output('webdav.mine'), '', providers('webdav', `hostname: "${host}", token: t`));
  finds('storage-address', 'cloud', [
    ['a host with a port and a path', reached('dcache.example.org:2880/home'), []],
    ['a URL', reached('https://h'), []],
    ['a host that is not known here', reached('${env:NONE:-h}'), []],
    ['two words', reached('my host'), ['9 mine'], 'the hostname of "webdav.mine" is no address of a server'],
    ['another protocol', reached('davs://h'), ['9 mine'], 'or as a URL with https'],
    [
      'an endpoint with a query',
      onAws(output('minio.mine'), '', providers('minio', `endpoint: "http://m?x=1", ${keys}`)),
      ['9 mine'],
    ],
  ]);

  const dav = providers('webdav', 'hostname: h, login: l, password: p');
  finds('storage-unsupported', 'cloud', [
    ['WebDAV on AWS', onAws(output('webdav.mine'), '', dav), []],
    ['WebDAV on OSCAR', onOscar(output('webdav.mine'), dav), []],
    [
      'Google Cloud Storage on OSCAR',
      onOscar(output('gcs.mine'), providers('gcs', 'credentials: c')),
      ['7 bkt/out'],
      'one of these kinds: s3, minio, onedata, webdav, rucio.',
    ],
    ['Azure on AWS', onAws(output('azure.mine'), '', providers('azure', 'connection_string: c')), []],
    ['an input that is not heard of is another finding', onAws(input('webdav.mine'), '', dav), []],
  ]);

  finds('unknown-store', 'cloud', [
    [
      'not declared',
      onOscar(output('minio.other')),
      ['7:50'],
      'Declare it as "storage_providers.minio.other"',
    ],
    [
      'nearly the name of another',
      onOscar(output('s3.mime'), providers('s3', keys)),
      ['7:50'],
      'Did you mean s3.mine?',
    ],
    [
      'MinIO without an id, on AWS',
      onAws(output('minio')),
      ['8:50'],
      'a function on AWS has no MinIO of its own',
    ],
    [
      'MinIO without an id, declared, on AWS',
      onAws(output('minio'), '', `storage_providers: {minio: {default: {endpoint: "http://m", ${keys}}}}`),
      [],
    ],
    ['in other letters', onOscar(output('S3.Mine'), providers('s3', keys)), []],
  ]);

  finds('unknown-store', 'any', [
    ['no kind', onOscar(output('ftp.mine')), ['7:50'], 'Write one of s3, minio'],
    ['nearly a kind', onOscar(output('mino')), ['7:50'], 'Did you mean minio?'],
  ]);
});

describe('entries that name no folder', () => {
  finds('no-path', 'any', [
    ['an empty path', onOscar('input: [{path: "", storage_provider: minio}]'), ['7 ""']],
    ['slashes only', onAws('input: [{path: "//", storage_provider: s3}]'), ['8 "//"']],
    ['no value', onOscar('input: [{path: , storage_provider: minio}]'), ['7:16']],
    ['a step up', onAws(input('s3', '../in')), ['8 ../in'], 'no bucket is called'],
    ['where it is', onOscar(input('minio', './in')), ['7 ./in'], 'no bucket is called'],
    [
      'more than a key can have',
      onOscar(input('minio', `bkt/${'a'.repeat(1100)}`)),
      ['7 bkt/aaa'],
      '1088 are allowed',
    ],
    ['just what a key can have', onAws(input('s3', `bkt/${'a'.repeat(1024)}`)), []],
  ]);

  finds('no-provider', undefined, [
    ['on AWS', onAws('input: [{path: bkt/in}]'), ['8 {path'], 's3 is taken'],
    ['on OSCAR', onOscar('output: [{path: bkt/out, storage_provider: " "}]'), ['7:50'], 'minio is taken'],
    ['without a path either', onOscar('output: [{path: ""}]'), []],
  ]);

  finds('path-without-bucket', undefined, [
    ['one word on MinIO', onOscar(output('minio', 'out')), ['7 out'], '"step/out"'],
    ['one word with slashes', onOscar(input('minio', '/in/')), ['7 /in/']],
    ['one word on S3', onOscar(output('s3', 'out')), ['7 out']],
    ['one word on Onedata', onOscar(output('onedata.a', 'out')), []],
    ['one word on AWS', onAws(output('s3', 'bkt')), []],
    ['two words', onOscar(output('minio')), []],
  ]);
});
