/** Where files come from and go to, and the credentials of the stores. */
import { flag, list, record, secret, section, text } from './field.ts';

const both = 'SCAR, OSCAR 2.0.0';

const entry = {
  storage_provider: text({
    title: 'Storage provider',
    description:
      'Kind of the store, a dot and its id in `storage_providers`; the kind alone stands for `.default`.',
    examples: ['s3', 'minio.default', 'onedata.my_space'],
    since: both,
    public: true,
  }),
  path: text({
    title: 'Path',
    description: 'Bucket and folder of the files. On S3 and MinIO the first part is the name of the bucket.',
    examples: ['my-bucket/in'],
    since: both,
    public: true,
  }),
  suffix: list(text({ title: 'Suffix', description: 'End of a file name.', public: true }), {
    title: 'Suffixes',
    description: 'Only output files whose name ends with one of these go here. Without it, all do.',
    examples: [['.wav', '.srt']],
    since: both,
  }),
  prefix: list(text({ title: 'Prefix', description: 'Start of a file name.', public: true }), {
    title: 'Prefixes',
    description: 'Only output files whose name starts with one of these go here. Without it, all do.',
    examples: [['result-']],
    since: both,
  }),
  options: text({
    title: 'Mount options',
    description: 'Flags for the rclone command that mounts the folder. They count for `mount` only.',
    examples: ['--buffer-size 128M'],
    since: 'OSCAR 4.1.0',
  }),
};

/** One entry of `input` or `output`. */
export const storageEntry = section(entry, {
  title: 'Storage entry',
  description: 'A folder of a store, and which files belong into it.',
  required: ['path'],
  since: both,
});

/** `mount` of a service: the same fields as an entry, of which `suffix` and `prefix` do not count. */
export const mount = section(entry, {
  title: 'Mount',
  description: 'A folder of a store that the container sees below `/mnt`.',
  required: ['storage_provider', 'path'],
  since: 'OSCAR 3.2.0',
});

const accessKey = secret({ title: 'Access key', description: 'Id of the access key.', since: both });
const secretKey = secret({ title: 'Secret key', description: 'Secret part of the access key.', since: both });

const s3 = section(
  {
    access_key: accessKey,
    secret_key: secretKey,
    region: text({
      title: 'Region',
      description: 'AWS region of the buckets.',
      examples: ['us-east-1'],
      since: both,
      public: true,
    }),
  },
  { title: 'S3 account', description: 'Credentials of an AWS account for its buckets.', since: both },
);

const minio = section(
  {
    endpoint: text({
      title: 'Endpoint',
      description: 'URL of the MinIO server, with scheme and port.',
      examples: ['https://minio.example.org:9000'],
      since: both,
      public: true,
    }),
    verify: flag({
      title: 'Verify TLS',
      description: "Whether the server's TLS certificate is checked.",
      default: true,
      since: both,
    }),
    access_key: accessKey,
    secret_key: secretKey,
    region: text({
      title: 'Region',
      description: 'Region that the server expects in signatures.',
      examples: ['us-east-1'],
      since: both,
      public: true,
    }),
  },
  { title: 'MinIO server', description: 'A MinIO server and its credentials.', since: both },
);

const onedata = section(
  {
    oneprovider_host: text({
      title: 'Oneprovider',
      description: 'Host name of the Oneprovider that serves the space.',
      since: both,
      public: true,
    }),
    token: secret({ title: 'Token', description: 'Access token of Onedata.', since: both }),
    space: text({ title: 'Space', description: 'Name of the Onedata space.', since: both, public: true }),
  },
  { title: 'Onedata space', description: 'A space of Onedata and the token that opens it.', since: both },
);

const webdav = section(
  {
    hostname: text({
      title: 'Host',
      description: 'Host name of the server, without scheme; HTTPS is used.',
      since: 'OSCAR 2.5.0',
      public: true,
    }),
    login: text({ title: 'Login', description: 'Name of the account.', since: 'OSCAR 2.5.0' }),
    password: secret({ title: 'Password', description: 'Password of the account.', since: 'OSCAR 2.5.0' }),
  },
  {
    title: 'WebDAV server',
    description: 'A WebDAV server, such as dCache, and its account.',
    since: 'OSCAR 2.5.0',
  },
);

const rucio = section(
  {
    host: text({
      title: 'Host',
      description: 'Host name of the Rucio server.',
      since: 'OSCAR 3.4.0',
      public: true,
    }),
    auth_host: text({
      title: 'Authentication host',
      description: 'Host of the server that authenticates for Rucio.',
      since: 'OSCAR 3.4.0',
      public: true,
    }),
    account: text({ title: 'Account', description: 'Name of the Rucio account.', since: 'OSCAR 3.6.2' }),
    rse: text({
      title: 'Storage element',
      description: 'Name of the Rucio storage element (RSE) that takes new files.',
      since: 'OSCAR 3.4.0',
      public: true,
    }),
    refresh_token: secret({
      title: 'Refresh token',
      description: 'OIDC refresh token from which access tokens are made.',
      since: 'OSCAR 3.6.2',
    }),
    access_token: secret({
      title: 'Access token',
      description:
        'OIDC access token, used as it is until it expires; the supervisor reads it, OSCAR does not pass it on.',
    }),
    token: secret({
      title: 'Token',
      description: 'OIDC access token.',
      since: 'OSCAR 3.4.0–3.6.1',
      deprecated: 'write `refresh_token` instead.',
    }),
    oidc_audience: text({
      title: 'Audience',
      description: 'Audience that access tokens are asked for.',
      since: 'OSCAR 3.6.2',
      public: true,
    }),
    token_endpoint: text({
      title: 'Token endpoint',
      description: 'URL of the OIDC issuer that exchanges refresh tokens for access tokens.',
      since: 'OSCAR 3.6.2',
      public: true,
    }),
  },
  {
    title: 'Rucio account',
    description: 'A Rucio server and the account that is used there.',
    since: 'OSCAR 3.4.0',
  },
);

const kinds = {
  s3: record(s3, {
    title: 'S3',
    description: 'Accounts of Amazon S3, by ids of your choice.',
    since: both,
  }),
  minio: record(minio, {
    title: 'MinIO',
    description: 'MinIO servers, by ids of your choice.',
    since: both,
  }),
  onedata: record(onedata, {
    title: 'Onedata',
    description: 'Onedata spaces, by ids of your choice.',
    since: both,
  }),
  webdav: record(webdav, {
    title: 'WebDAV',
    description: 'WebDAV servers, by ids of your choice.',
    since: 'OSCAR 2.5.0',
  }),
  rucio: record(rucio, {
    title: 'Rucio',
    description: 'Rucio accounts, by ids of your choice.',
    since: 'OSCAR 3.4.0',
  }),
};

/** `storage_providers` of the file. */
export const storageProviders = section(kinds, {
  title: 'Storage providers',
  description:
    'Stores and their credentials. The S3 of your AWS account and the MinIO of a cluster need no entry.',
  since: both,
});

/** `storage_providers` of one service. */
export const ownStorageProviders = section(kinds, {
  title: 'Storage providers',
  description: 'Stores of this service alone. OSCAR-CLI reads those at the top of the file only.',
  since: 'OSCAR 2.0.0',
});
