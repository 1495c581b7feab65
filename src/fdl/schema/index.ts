/** The language as one schema: the whole file, and the types of its normalised parts. */
import { awsFunction } from './aws.ts';
import { clusters } from './clusters.ts';
import type { replica } from './federation.ts';
import { list, record, section, text, type Value } from './field.ts';
import { oscarService } from './oscar.ts';
import { scar } from './scar.ts';
import { type storageEntry, storageProviders } from './storage.ts';

const functions = section(
  {
    aws: list(awsFunction, {
      title: 'Functions on AWS',
      description: 'Steps that run on AWS Lambda or AWS Batch, one entry for each.',
      since: 'SCAR',
    }),
    oscar: list(
      record(oscarService, {
        title: 'Service by cluster',
        description: 'The name is the id of an OSCAR cluster, the value the service that it gets.',
        since: 'SCAR, OSCAR 2.0.0',
      }),
      {
        title: 'Services of OSCAR clusters',
        description:
          'Steps that run as services of OSCAR clusters; each entry is a map of cluster id to service.',
        since: 'SCAR, OSCAR 2.0.0',
      },
    ),
  },
  {
    title: 'Functions',
    description: 'The steps of the workflow, by the provider that runs them.',
    since: 'SCAR, OSCAR 2.0.0',
  },
);

/** The schema of a whole FDL file: the source of validation, normalisation, types and the published JSON Schema. */
export const fdlSchema = section(
  {
    name: text({
      title: 'Workflow name',
      description:
        'What the workflow is called in plans, tags and names. Without it, the name of the file counts.',
      examples: ['video-analysis'],
      since: 'fdl 0.1.0',
      public: true,
    }),
    functions,
    storage_providers: storageProviders,
    clusters,
    scar,
  },
  {
    title: 'FDL workflow',
    description:
      'A data-driven workflow of containers: its steps, where their files are kept, and its clusters.',
    required: ['functions'],
  },
);

/** A whole file in its normalised form. */
export type FdlFile = Value<typeof fdlSchema>;
/** The part of a file that lists the steps. */
export type Functions = Value<typeof functions>;
/** One entry of `functions.aws`. */
export type AwsFunction = Value<typeof awsFunction>;
/** One service of an entry of `functions.oscar`. */
export type OscarService = Value<typeof oscarService>;
/** One member of a federation, or one entry of the older `replicas`. */
export type Replica = Value<typeof replica>;
/** One entry of `input` or `output`. */
export type StorageEntry = Value<typeof storageEntry>;
/** The credentials of object stores, by kind and id. */
export type StorageProviders = Value<typeof storageProviders>;
/** The OSCAR clusters that the file names, by id. */
export type Clusters = Value<typeof clusters>;
