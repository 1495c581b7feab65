/** What commands print that work with a cluster without a workflow. */
import type {
  Bucket,
  ClusterNode,
  Limit,
  Metric,
  PodsLog,
  Service,
  ServiceCall,
  UseGroup,
  Volume,
} from '../../session/clusters.ts';
import type * as bucket from '../bucket.ts';
import type { ExportDocument } from '../export.ts';
import type * as monitor from '../monitor.ts';
import type * as quota from '../quota.ts';
import type * as services from '../service.ts';
import type * as volume from '../volume.ts';
import {
  amount,
  either,
  type Fields,
  flag,
  foreign,
  integer,
  list,
  object,
  oneOf,
  optional,
  type Schema,
  text,
} from './schema.ts';

type Item<T> = T extends readonly (infer E)[] ? E : never;

const cluster = text('Id of the cluster');

const bucketFields: Fields<Bucket> = {
  name: text('Its name'),
  visibility: optional(
    oneOf('Who may use it; absent where only the administrator may, or where the cluster does not tell', {
      private: 'its owner',
      restricted: 'its owner and `allowedUsers`',
      public: 'all users of the cluster',
    }),
  ),
  owner: optional(text('Id of its owner, where the cluster tells')),
  allowedUsers: list('Who else may use it', text('Id of a user')),
  objects: optional(integer('How many objects are in it, as MinIO counted them last; since OSCAR 4.1.0')),
  bytes: optional(integer('Bytes that they have, as MinIO counted them last; since OSCAR 4.1.0')),
  maxBytes: optional(integer('Bytes that it may have; absent where nothing limits it')),
};

const aBucket = object<bucket.BucketDocument>('A bucket', { cluster, ...bucketFields });

const volumeFields: Fields<Volume> = {
  name: text('Its name'),
  size: optional(text('Its size, as Kubernetes writes amounts: `1Gi`')),
  services: list('Services that attach it', text('Name of a service')),
};

const aVolume = object<volume.VolumeDocument>('A volume', { cluster, ...volumeFields });

const service = text('Name of the service');

const itsState = object<services.ServiceStateDocument>('How the service is now', {
  cluster,
  service,
  state: text('`ready`, `stopped`, or what the cluster calls it'),
  reason: optional(text('Why it is so, for people')),
});

const aNode = object<ClusterNode>('A node', {
  name: text('Its name'),
  state: optional(text('How it is, as the cluster calls it; since OSCAR 3.6.5')),
  millicpus: optional(integer('Thousandths of processors that it has')),
  millicpusUsed: optional(integer('Thousandths of processors that are used')),
  memory: optional(integer('Bytes of memory that it has')),
  memoryUsed: optional(integer('Bytes of memory that are used')),
  gpus: optional(integer('How many GPUs it has; since OSCAR 3.6.5')),
});

const aCall = object<ServiceCall>('A call', {
  time: optional(text('When, as the cluster writes it')),
  path: text('Path of the request, with the name of the service'),
  status: optional(integer('Status of HTTP that was answered')),
  duration: optional(text('How long it took, as Go writes it')),
  user: optional(text('Who called, where the cluster tells')),
  client: optional(text('Address that the call came from')),
});

export const podsLog = object<services.PodsLogDocument>('What the own pods of a service wrote', {
  cluster,
  service,
  state: text('`ready`, `stopped`, or what else the cluster calls it'),
  reason: optional(text('Why it is so, or why there is no log, for people')),
  lines: list(
    'The latest lines',
    object<Item<PodsLog['lines']>>('A line', {
      time: optional(text('When it was written (ISO 8601)')),
      message: text('The line'),
    }),
  ),
});

/** What shows a cluster as a whole. */
const MONITORING: Readonly<Record<string, Schema<unknown>>> = {
  'cluster health': object<monitor.HealthDocument>('A cluster that is well; of one that is not, a failure', {
    cluster,
    milliseconds: integer('Milliseconds that it took to answer'),
  }),
  'cluster status': object<monitor.ClusterStatusDocument>('The nodes of a cluster', {
    cluster,
    nodes: list('All that jobs may run on', aNode),
    freeMillicpus: optional(integer('Thousandths of processors that are free in all')),
    mostFreeMillicpus: optional(
      integer('Thousandths of processors that are free on the node that has the most'),
    ),
    mostFreeMemory: optional(integer('Bytes of memory that are free on the node that has the most')),
    ready: optional(flag('Whether the pods of the manager are ready; since OSCAR 3.6.5')),
    jobs: optional(integer('How many jobs there are, also such as have ended; told to the administrator')),
    buckets: optional(integer('How many buckets there are; told to the administrator')),
    objects: optional(integer('How many objects are in them; told to the administrator')),
  }),
  'cluster logs': object<monitor.CallsDocument>('The calls of services that the log of the manager has', {
    cluster,
    calls: list('In the order of the log', aCall),
  }),
  metrics: either<unknown>(
    object<monitor.MetricsDocument>('What was used', {
      cluster,
      service: optional(text('The service; absent of all together')),
      start: text('From then on (ISO 8601)'),
      end: text('Until then (ISO 8601)'),
      metrics: list(
        'What the cluster counts',
        object<Metric>('A count', {
          name: text('Such as `cpu-hours` or `requests`'),
          value: amount('How many'),
          unit: optional(text('What is counted, where the name does not say it')),
        }),
      ),
      incomplete: list('Sources of the cluster that tell nothing, or not all', text('Its name')),
    }),
    object<monitor.UseDocument>('With `--by`: how often services were called', {
      cluster,
      by: oneOf('What is counted for each', { service: '', user: '', country: '' }),
      start: text('From then on (ISO 8601)'),
      end: text('Until then (ISO 8601)'),
      groups: list(
        'The busiest first',
        object<UseGroup>('A group', {
          name: text('Name of the service, id of the user, or country'),
          requests: integer('How many calls there were'),
          users: optional(integer('How many users called it; absent of users')),
        }),
      ),
    }),
  ),
  'service logs': podsLog,
};

const aDefinition = object<ExportDocument>('Services as an FDL file', {
  cluster: optional(text('Id of the cluster; absent of a provider that has none')),
  provider: optional(text('Of `fdl export aws`: the provider')),
  file: optional(text('The file that was written, as an absolute path')),
  definition: foreign('What the file says: as JSON it is an FDL file, too'),
  notes: list('What the file does not say, and what whoever applies it has to do', text('A sentence')),
});

const cleared = object<services.ClearedDocument>('The jobs that were removed', {
  cluster,
  service,
  jobs: list('All of them', text('Name of a job')),
});

/** By the names of the commands. */
export const CLUSTER_DOCUMENTS: Readonly<Record<string, Schema<unknown>>> = {
  ...MONITORING,
  'bucket ls': object<bucket.BucketsDocument>('The buckets that one sees', {
    cluster,
    buckets: list('By their names', object<Bucket>('A bucket', bucketFields)),
  }),
  'bucket info': aBucket,
  'bucket create': aBucket,
  'bucket update': aBucket,
  'service ls': object<services.ServicesDocument>('The services that one sees', {
    cluster,
    services: list(
      'By their names',
      object<Service>('A service', {
        name: text('Its name'),
        owner: optional(text('Id of its owner, where the cluster tells')),
        image: optional(text('Container image')),
        workflow: optional(text('Workflow that fdl made it for')),
        step: optional(text('Id of the step that fdl made it for')),
        url: optional(text('Its address, if it is exposed')),
      }),
    ),
  }),
  'service get': aDefinition,
  export: aDefinition,
  'service stop': itsState,
  'service start': itsState,
  'service restart': itsState,
  'service clear': cleared,
  'logs rm': cleared,
  'volume ls': object<volume.VolumesDocument>('The volumes of who is logged in', {
    cluster,
    volumes: list('By their names', object<Volume>('A volume', volumeFields)),
  }),
  'volume info': aVolume,
  'volume create': aVolume,
  'volume rm': object<volume.RemovedVolumeDocument>('The volume that was removed', {
    cluster,
    name: text('Its name'),
  }),
  quota: object<quota.QuotaDocument>('What a user may use at most', {
    cluster,
    user: text('Id of the user'),
    limits: list(
      'Everything that the cluster counts or limits',
      object<Limit>('A limit', {
        name: text('Its name, as `--set` takes it'),
        used: optional(text('What is used, as Kubernetes writes amounts; absent where nobody counts')),
        max: optional(text('What may be used at most; absent where nothing limits it')),
        min: optional(text('Of `smallest-volume`: what each has at least')),
      }),
    ),
  }),
  'bucket rm': object<bucket.RemovedBucketDocument>('The bucket that was removed', {
    cluster,
    name: text('Its name'),
  }),
};
