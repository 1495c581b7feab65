/** Where files come from and go to, and where the stores are declared; what each kind of them has is in its own file. */
import { type Field, list, section, text } from './field.ts';

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
    description:
      'Of an output, only files whose name ends with one of these go there; of an input on S3, only they start the step.',
    examples: [['.wav', '.srt']],
    since: both,
  }),
  prefix: list(text({ title: 'Prefix', description: 'Start of a file name.', public: true }), {
    title: 'Prefixes',
    description:
      'Of an output, only files whose name starts with one of these go there; of an input on S3, only they start the step.',
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

/** What the kinds of stores add to the language: for each, what stands below `storage_providers` by its name. */
export type StoreSections = Readonly<Record<string, Field<Readonly<Record<string, object>>>>>;

/** `storage_providers` of the file. */
export function storageProviders(kinds: StoreSections) {
  return section(kinds, {
    title: 'Storage providers',
    description:
      'Stores and their credentials. The S3 of your AWS account and the MinIO of a cluster need no entry.',
    since: both,
  });
}

/** `storage_providers` of one service. */
export function ownStorageProviders(kinds: StoreSections) {
  return section(kinds, {
    title: 'Storage providers',
    description: 'Stores of this service alone. OSCAR-CLI reads those at the top of the file only.',
    since: 'OSCAR 2.0.0',
  });
}
