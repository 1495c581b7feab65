/** Tags of what a workflow owns on AWS. */

/** Names of our tags. */
export const TAG = {
  workflow: 'fdl:workflow',
  step: 'fdl:step',
  /** Of a function or job definition: the buckets that trigger it, separated by spaces; see `bucketTags`. */
  inputs: 'fdl:inputs',
  /** Of what runs an image of ours: reference with digest of the user's image. */
  base: 'fdl:base',
  /** And the digest of the image that Node was taken from. */
  runtime: 'fdl:runtime',
  /** And the image's tag in the workflow's repository: what runs is named by its digest alone. */
  image: 'fdl:image',
  /** And what results depend on, as far as the image decides: see `workflow/key.ts`. */
  key: 'fdl:key',
  /** Of functions of steps with jobs: the mode of the step, or `CATCHER`. */
  mode: 'fdl:mode',
  /** Of a compute environment or job definition: the name of the queue that its jobs wait in. */
  queue: 'fdl:queue',
  /** Of what belongs to the account rather than to a workflow. */
  account: 'fdl:account',
} as const;

/** What the tag of the mode says of a function that catches what a step's own function fails on. */
export const CATCHER = 'catcher';

export type Tags = Readonly<Record<string, string>>;

/** Characters that the value of a tag may have. Rule: AWS's tagging limits. */
const LONGEST_VALUE = 256;

/** The tags that make an object belong to a workflow, and to one of its steps. */
export function ownTags(workflow: string, step?: string): Tags {
  return { [TAG.workflow]: workflow, ...(step !== undefined && { [TAG.step]: step }) };
}

/** Whether tags say that an object belongs to the workflow. */
export function isOwned(tags: Tags | undefined, workflow: string): boolean {
  return tags?.[TAG.workflow] === workflow;
}

/** The buckets of a step's inputs as tags: `fdl:inputs`, `fdl:inputs-2`, … as many as it takes. */
export function bucketTags(buckets: Iterable<string>): Tags {
  const values: string[] = [];
  for (const bucket of [...new Set(buckets)].sort()) {
    const last = values.at(-1);
    if (last === undefined || last.length + 1 + bucket.length > LONGEST_VALUE) values.push(bucket);
    else values[values.length - 1] = `${last} ${bucket}`;
  }
  const named = values.map((value, index) => [
    index === 0 ? TAG.inputs : `${TAG.inputs}-${index + 1}`,
    value,
  ]);
  return Object.fromEntries(named) as Tags;
}

/** Reverses `bucketTags`. */
export function taggedBuckets(tags: Tags): readonly string[] {
  const values = Object.entries(tags).filter(
    ([name]) => name === TAG.inputs || name.startsWith(`${TAG.inputs}-`),
  );
  return [...new Set(values.flatMap(([, value]) => value.split(' ')))].filter((bucket) => bucket !== '');
}

/** The form of most services: `[{Key, Value}]`. */
export function tagList(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Reverses `tagList`, as services answer it. */
export function fromTagList(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

/** Tags that AWS sets itself begin so, and nobody else can set or remove them. Rule: AWS's tagging limits. */
const RESERVED = 'aws:';

/** The tags that a user of AWS can set: compare only these. */
export function settableTags(tags: Tags): Tags {
  return Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith(RESERVED)));
}

interface TagSync {
  readonly set: Tags;
  readonly remove: readonly string[];
}

/** The tags to set and the names of those to remove; nothing where both are the same. */
export function tagSync(wanted: Tags, found: Tags): TagSync {
  const set = Object.entries(wanted).filter(([name, value]) => found[name] !== value);
  const remove = Object.keys(settableTags(found)).filter((name) => !Object.hasOwn(wanted, name));
  return { set: Object.fromEntries(set), remove };
}

/** Whether there is nothing to do. */
export function isSynced({ set, remove }: TagSync): boolean {
  return Object.keys(set).length === 0 && remove.length === 0;
}
