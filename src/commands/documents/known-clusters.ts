/** What the commands print that are about the clusters which are known here. */
import type * as cluster from '../cluster.ts';
import { flag, list, object, oneOf, optional, type Schema, text } from './schema.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

const id = text('Id of the cluster');

const sources = {
  flag: 'the command line',
  environment: '',
  file: 'the FDL file',
  fdl: 'what `fdl cluster add` stored',
  'oscar-cli': 'its configuration',
  scar: 'its configuration',
};

const logins = {
  basic: 'user and password',
  token: 'OIDC access token',
  'refresh-token': 'OIDC refresh token',
  'oidc-agent': 'account of oidc-agent',
};

/** By the names of the commands. */
export const KNOWN_CLUSTER_DOCUMENTS: Readonly<Record<string, Schema<unknown>>> = {
  'cluster add': object<cluster.StoredDocument>('The cluster that was stored', {
    id,
    endpoint: text('Its URL'),
    version: optional(text('Its release of OSCAR; absent with `--no-check`')),
    file: text('The file that it is stored in'),
    keyring: flag('Whether the secret of the login is in the keyring of the system, and not in the file'),
  }),
  'cluster login': object<cluster.StoredDocument>('The cluster that was logged in to', {
    id,
    endpoint: text('Its URL'),
    version: optional(text('Its release of OSCAR')),
    file: text('The file that it is stored in'),
    keyring: flag('Whether the secret of the login is in the keyring of the system, and not in the file'),
  }),
  'cluster ls': object<cluster.ListDocument>('The clusters that are known here', {
    default: optional(text('Id of the default cluster')),
    clusters: list(
      'All that are known',
      object<Item<cluster.ListDocument['clusters']>>('A cluster', {
        id,
        endpoint: optional(text('Its URL')),
        login: oneOf('How to log in', { ...logins, none: 'nothing in full is known' }),
        user: optional(text('The user, where there is one')),
        verifyTls: flag('Whether its certificate is checked'),
        ca: optional(text('The file with certificates of its own authority')),
        keyring: flag('Whether the secret of its login is in the keyring of the system'),
        source: oneOf('Where its endpoint is from', sources),
        file: optional(text('The file that it is from')),
        default: flag('Whether it is the default cluster'),
      }),
    ),
  }),
  'cluster rm': object<cluster.RemovedDocument>('The cluster that was removed', {
    id,
    file: text('The file that it was removed from'),
  }),
  'cluster info': object<ReturnType<typeof cluster.infoDocument>>('What a cluster is', {
    id,
    endpoint: text('Its URL'),
    source: oneOf('Where its endpoint is from', sources),
    login: oneOf('How to log in', logins),
    verifyTls: flag('Whether its certificate is checked'),
    ca: optional(text('The file with certificates of its own authority')),
    version: text('Its release of OSCAR'),
    architecture: optional(text('Architecture of its machines')),
    kubernetes: optional(text('Its release of Kubernetes')),
    serverlessBackend: optional(
      object('What answers synchronous calls; absent where nothing does', {
        name: text('Its name'),
        version: text('Its release'),
      }),
    ),
    gpus: optional(flag('Whether it has GPUs, where it says so')),
    interlink: optional(flag('Whether it hands jobs on by InterLink, where it says so')),
    volumes: optional(flag('Whether it has volumes, where it says so')),
    virtualOrganisations: list('Virtual organisations that it takes logins of', text('A name')),
    allowedImages: list('Where images may come from; empty for anywhere', text('A prefix of their names')),
    minio: object<ReturnType<typeof cluster.infoDocument>['minio']>('Its own store', {
      endpoint: text('URL'),
      region: optional(text('Region')),
    }),
    services: list('What is set up there', text('Name of a service')),
  }),
  'cluster default': object<cluster.DefaultDocument>('The default cluster', {
    default: id,
    file: optional(text('The file that says so; absent where it was only asked for')),
  }),
};
