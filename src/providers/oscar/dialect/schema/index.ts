/** `functions.oscar`: steps that run on Kubernetes, as services of OSCAR clusters. */
import {
  type About,
  flag,
  integer,
  list,
  record,
  secrets,
  section,
  text,
  type Value,
  variables,
} from '../../../../fdl/schema/field.ts';
import type { Fragment } from '../../../../fdl/schema/index.ts';
import {
  mount,
  ownStorageProviders,
  type StoreSections,
  storageEntry,
} from '../../../../fdl/schema/storage.ts';
import { OSCAR_DEFAULTS } from '../quantity.ts';
import { clusters } from './clusters.ts';
import { expose, exposeOptions } from './expose.ts';
import { federation, replica } from './federation.ts';
import { kserve } from './kserve.ts';
import { access, managed } from './managed.ts';
import { volume } from './volume.ts';

const both = 'SCAR, OSCAR 2.0.0';

const synchronous = section(
  {
    min_scale: integer({
      title: 'Fewest replicas',
      description: 'Pods that are always running.',
      default: 0,
      since: 'OSCAR 2.4.1',
    }),
    max_scale: integer({
      title: 'Most replicas',
      description: 'Pods that may run at the same time; 0 sets no limit.',
      default: 0,
      since: 'OSCAR 2.4.1',
    }),
  },
  {
    title: 'Synchronous calls',
    description: 'How many pods answer synchronous calls. It counts where the cluster has Knative.',
    since: 'OSCAR 2.4.1',
  },
);

/** What older releases know and newer ones do not. */
const replaced = {
  replicas: list(replica, {
    title: 'Replicas',
    description: 'The places that can take over jobs of this service.',
    since: 'OSCAR 2.5.0–4.0.0',
    deprecated: 'write `federation.members` instead for OSCAR 4.1.0 and later.',
  }),
  delegation: text({
    title: 'Delegation',
    description: 'How the replica for a job is chosen.',
    values: ['static', 'random', 'load-based', 'topsis'],
    since: 'OSCAR 3.3.0–4.0.0',
    deprecated: 'write `federation.delegation` instead for OSCAR 4.1.0 and later.',
  }),
  rescheduler_threshold: integer({
    title: 'Rescheduler threshold',
    description: 'Seconds that a job may wait in the queue before a replica gets it.',
    since: 'OSCAR 2.5.1–4.0.0',
    deprecated: 'write `federation.rescheduler_threshold` instead for OSCAR 4.1.0 and later.',
  }),
  expose_options: exposeOptions,
};

/** `environment` of an OSCAR service. Its server takes either case of letters since 3.4.0, OSCAR-CLI only `Variables`. */
function serviceEnvironment(texts: About) {
  const hidden = secrets('OSCAR 3.4.0');
  return section(
    {
      Variables: variables('SCAR, OSCAR 2.0.0'),
      variables: variables('OSCAR 3.4.0'),
      Secrets: hidden,
      secrets: hidden,
    },
    texts,
  );
}

/** The fields of a service that are the same with any stores. */
const fields = {
  name: text({
    title: 'Name',
    description: 'Name of the step and of its service: lower case, digits and `-`, at most 39 characters.',
    examples: ['detect-faces'],
    since: both,
    public: true,
  }),
  image: text({
    title: 'Image',
    description: 'Container image that the script runs in.',
    examples: ['ghcr.io/grycap/imagemagick'],
    since: both,
    public: true,
  }),
  script: text({
    title: 'Script',
    description:
      'Path of the script, from the folder of this file, or the script itself as a block of text. It runs once for each input file.',
    examples: ['detect-faces.sh'],
    since: both,
    public: true,
    file: true,
  }),
  input: list(storageEntry, {
    title: 'Input',
    description: 'Folders whose new files start the service. OSCAR watches MinIO, WebDAV and Rucio.',
    since: both,
  }),
  output: list(storageEntry, {
    title: 'Output',
    description: 'Folders that take the files that the script leaves in `$TMP_OUTPUT_DIR`.',
    since: both,
  }),
  cpu: text({
    title: 'CPU',
    description: 'CPUs of one run, as a Kubernetes quantity.',
    default: OSCAR_DEFAULTS.cpu,
    examples: ['1.0', '500m'],
    since: both,
    public: true,
  }),
  memory: text({
    title: 'Memory',
    description: 'Memory of one run, as a Kubernetes quantity.',
    default: OSCAR_DEFAULTS.memory,
    examples: ['1Gi'],
    since: both,
    public: true,
  }),
  ephemeral_storage_request: text({
    title: 'Ephemeral storage',
    description: 'Disk space that one run needs, as a Kubernetes quantity.',
    examples: ['10Gi'],
    since: 'OSCAR 4.1.0',
    public: true,
  }),
  enable_gpu: flag({
    title: 'GPU',
    description: 'Whether each run gets a GPU; the cluster must have them.',
    default: false,
    since: 'OSCAR 2.5.1',
  }),
  enable_sgx: flag({
    title: 'SGX',
    description: 'Whether runs get an SGX enclave; the cluster must have the plugin for it.',
    default: false,
    since: 'OSCAR 2.7.2',
  }),
  environment: serviceEnvironment({
    title: 'Environment',
    description:
      'Environment variables of the script. Members of a federation need the secret `refresh_token`.',
    since: both,
  }),
  log_level: text({
    title: 'Log level',
    description: 'How much the supervisor writes to the log. OSCAR takes an unknown level as `INFO`.',
    default: 'INFO',
    values: ['NOTSET', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'],
    since: both,
  }),
  total_cpu: text({
    title: 'Total CPU',
    description: 'CPUs of all runs together, as a Kubernetes quantity. The cluster must have YuniKorn.',
    since: 'OSCAR 2.3.0',
    public: true,
  }),
  total_memory: text({
    title: 'Total memory',
    description: 'Memory of all runs together, as a Kubernetes quantity. The cluster must have YuniKorn.',
    since: 'OSCAR 2.3.0',
    public: true,
  }),
  synchronous,
  expose,
  kserve,
  mount,
  volume,
  federation,
  visibility: text({
    title: 'Visibility',
    description:
      'Who may use the service: its owner (`private`), those of `allowed_users` (`restricted`), or every user of the cluster (`public`).',
    default: 'private',
    values: ['private', 'restricted', 'public'],
    since: 'OSCAR 3.6.0',
  }),
  allowed_users: list(text({ title: 'User', description: 'Id of a user.' }), {
    title: 'Allowed users',
    description: 'Ids of the users who may use the service.',
    since: 'OSCAR 3.0.0',
  }),
  isolation_level: text({
    title: 'Isolation level',
    description:
      '`USER` gives each of `allowed_users` buckets of their own, `SERVICE` shares those of the service.',
    values: ['SERVICE', 'USER'],
    since: 'OSCAR 3.3.1',
  }),
  vo: text({
    title: 'Virtual organisation',
    description:
      'Virtual organisation of the user. Without it, the cluster takes the first of its own that the user is in.',
    since: 'OSCAR 2.8.0',
    public: true,
  }),
  image_pull_secrets: list(text({ title: 'Secret', description: 'Name of a secret.', public: true }), {
    title: 'Image pull secrets',
    description: 'Names of the Kubernetes secrets that open a private registry.',
    since: 'OSCAR 2.5.0',
  }),
  image_prefetch: flag({
    title: 'Prefetch the image',
    description:
      'Whether every node of the cluster pulls the image when the service is created. That takes minutes.',
    default: false,
    since: 'OSCAR 2.6.2',
  }),
  alpine: flag({
    title: 'Alpine',
    description: 'Whether the image is based on Alpine Linux; it gets a supervisor that runs there.',
    default: false,
    since: 'OSCAR 2.3.0',
  }),
  file_stage_in: flag({
    title: 'Skip the download',
    description:
      'When true, the input file is not downloaded, whatever the name says; the script fetches it by itself.',
    default: false,
    since: 'OSCAR 2.6.0',
  }),
  interlink_node_name: text({
    title: 'InterLink node',
    description:
      'Name of the virtual node through which runs are sent to a remote site, such as a supercomputer.',
    since: 'OSCAR 3.1.0',
    public: true,
  }),
  annotations: record(text({ title: 'Annotation', description: 'Value of one annotation.' }), {
    title: 'Annotations',
    description: 'Kubernetes annotations of the runs.',
    since: 'OSCAR 2.3.0',
  }),
  labels: record(text({ title: 'Label', description: 'Value of one label.' }), {
    title: 'Labels',
    description: 'Kubernetes labels of the runs.',
    since: 'OSCAR 2.3.0',
  }),
  ...managed,
};

/** One service of an entry of `functions.oscar`. */
function oscarService(stores: StoreSections) {
  const own = ownStorageProviders(stores);
  return section(
    { ...fields, storage_providers: own, ...replaced, ...access },
    {
      title: 'Service of OSCAR',
      description: 'A step that runs on an OSCAR cluster, for files that arrive, or to answer requests.',
      required: ['name'],
      since: both,
    },
  );
}

/** What OSCAR adds to the language. */
export const oscarSchema = (stores: StoreSections): Fragment => ({
  functions: list(
    record(oscarService(stores), {
      title: 'Service by cluster',
      description: 'The name is the id of an OSCAR cluster, the value the service that it gets.',
      since: both,
    }),
    {
      title: 'Services of OSCAR clusters',
      description:
        'Steps that run as services of OSCAR clusters; each entry is a map of cluster id to service.',
      since: both,
    },
  ),
  top: { clusters },
});

/** One service of an entry of `functions.oscar`, in its normalised form. */
export type OscarService = Value<ReturnType<typeof oscarService>>;
/** The clusters that the file names, by id. */
export type Clusters = Value<typeof clusters>;
/** One member of a federation, or one entry of the older `replicas`. */
export type Replica = Value<typeof replica>;
