/** The notification configuration of a bucket: which entries are ours, and what it becomes with others of ours. */
import type {
  LambdaFunctionConfiguration,
  NotificationConfiguration,
  NotificationConfigurationFilter,
} from '@aws-sdk/client-s3';
import { sameValue } from '../../../../deploy/value.ts';
import { FdlError } from '../../../../errors.ts';
import { type KeyPattern, mayOverlap } from '../../../../workflow/filter.ts';

/** One of our entries. */
export type Entry = {
  /** `fdl:WORKFLOW:STEP:NUMBER`. */
  readonly id: string;
  readonly step: string;
  /** ARN. */
  readonly function: string;
  /** Object keys begin so, as they are; empty for the whole bucket. */
  readonly prefix: string;
  /** And end so; absent where they may end in any way. */
  readonly suffix?: string | undefined;
  /** Only where the prefix is written in a form in which S3 finds nothing by it: as it is written. */
  readonly filter?: string | undefined;
  /** Only where somebody changed our entry. */
  readonly events?: readonly string[] | undefined;
};

/** What triggers a step: however an object was written. */
const EVENTS = ['s3:ObjectCreated:*'] as const;

/** The ids of a workflow's entries begin so. */
function idPrefix(workflow: string): string {
  return `fdl:${workflow}:`;
}

function isOurs({ Id = '' }: LambdaFunctionConfiguration, workflow: string): boolean {
  return Id.startsWith(idPrefix(workflow));
}

/** The entries of a workflow. */
export function ownEntries(config: NotificationConfiguration, workflow: string): readonly Entry[] {
  const ours = (config.LambdaFunctionConfigurations ?? []).filter((each) => isOurs(each, workflow));
  return ours.map(parseEntry);
}

function parseEntry({
  Id = '',
  LambdaFunctionArn = '',
  Events = [],
  Filter,
}: LambdaFunctionConfiguration): Entry {
  const suffix = ruleOf(Filter, 'suffix');
  const filter = ruleOf(Filter, 'prefix');
  return {
    id: Id,
    step: Id.split(':').slice(2, -1).join(':'),
    function: LambdaFunctionArn,
    prefix: decodeKeyFilter(filter),
    ...(!isKeyFilter(filter) && { filter }),
    ...(suffix !== '' && { suffix: decodeKeyFilter(suffix) }),
    ...(!sameValue([...Events], [...EVENTS]) && { events: Events }),
  };
}

/** The value of a rule; S3 writes its name in lower case or with a capital. */
function ruleOf(filter: NotificationConfigurationFilter | undefined, name: string): string {
  const rules = filter?.Key?.FilterRules ?? [];
  return rules.find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? '';
}

/** The configuration with these entries as the only ones of the workflow; all others of every type stay as they are. */
export function withEntries(
  config: NotificationConfiguration,
  workflow: string,
  entries: readonly Entry[],
): NotificationConfiguration {
  const { LambdaFunctionConfigurations = [], ...others } = config;
  const foreign = LambdaFunctionConfigurations.filter((each) => !isOurs(each, workflow));
  return { ...others, LambdaFunctionConfigurations: [...foreign, ...entries.map(toConfiguration)] };
}

function toConfiguration({ id, function: arn, prefix, suffix = '' }: Entry): LambdaFunctionConfiguration {
  const rules = [
    { Name: 'prefix' as const, Value: encodeKeyFilter(prefix) },
    { Name: 'suffix' as const, Value: encodeKeyFilter(suffix) },
  ];
  const FilterRules = rules.filter(({ Value }) => Value !== '');
  return {
    Id: id,
    LambdaFunctionArn: arn,
    Events: [...EVENTS],
    ...(FilterRules.length > 0 && { Filter: { Key: { FilterRules } } }),
  };
}

/** Whether two lists of entries say the same; the order does not matter. */
export function sameEntries(a: readonly Entry[], b: readonly Entry[]): boolean {
  return sameValue(byId(a), byId(b));
}

/** Entries by their ids, without them. */
export function byId<E extends { readonly id: string }>(
  entries: readonly E[],
): Readonly<Record<string, Omit<E, 'id'>>> {
  return Object.fromEntries(entries.map(({ id, ...entry }) => [id, entry]));
}

/** An entry of somebody else. */
interface ForeignEntry {
  /** ARN of a function, queue or topic. */
  readonly target: string;
  readonly id: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

/** All entries that are not of the workflow, whatever they notify; EventBridge gets events besides and is none. */
export function foreignEntries(config: NotificationConfiguration, workflow: string): readonly ForeignEntry[] {
  const functions = (config.LambdaFunctionConfigurations ?? []).filter((each) => !isOurs(each, workflow));
  const all = [
    ...functions.map((each) => ({ ...each, target: each.LambdaFunctionArn })),
    ...(config.QueueConfigurations ?? []).map((each) => ({ ...each, target: each.QueueArn })),
    ...(config.TopicConfigurations ?? []).map((each) => ({ ...each, target: each.TopicArn })),
  ];
  return all.map(({ target = '', Id = '', Events = [], Filter }) => ({
    target,
    id: Id,
    events: Events,
    prefix: decodeKeyFilter(ruleOf(Filter, 'prefix')),
    suffix: decodeKeyFilter(ruleOf(Filter, 'suffix')),
  }));
}

/**
 * Whether S3 would refuse an entry of ours beside another one: it takes no two for the same event and object.
 * Rule: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
 */
function overlaps(entry: Wanted, other: Pick<ForeignEntry, 'events' | 'prefix' | 'suffix'>): boolean {
  const created = other.events.some((event) => event.startsWith('s3:ObjectCreated:'));
  return created && mayOverlap(patternOf(entry), other);
}

function patternOf({ prefix, suffix = '' }: Pick<Wanted, 'prefix' | 'suffix'>): KeyPattern {
  return { prefix, suffix };
}

/** What an entry of ours is to be; the function may not be known yet. */
interface Wanted {
  readonly id: string;
  readonly step: string;
  readonly prefix: string;
  readonly suffix?: string | undefined;
}

/** Throws `FdlError` `notification-overlap` that names the two entries. */
export function requireNoOverlap(
  bucket: string,
  entries: readonly Wanted[],
  config: NotificationConfiguration,
  workflow: string,
): void {
  const foreign = foreignEntries(config, workflow);
  for (const entry of entries) {
    const other = foreign.find((each) => overlaps(entry, each));
    if (other) throw overlapping(bucket, entry, theirs(other), OTHERS_HINT);
    const twin = entries.find(
      (each) => each.id < entry.id && overlaps(entry, { ...patternOf(each), events: CREATED }),
    );
    if (twin) throw overlapping(bucket, entry, `the input ${folder(bucket, twin)} of ${twin.step}`, OWN_HINT);
  }
}

const CREATED = ['s3:ObjectCreated:*'];
const OTHERS_HINT = 'Use another folder for the input, or remove the other notification from the bucket.';
const OWN_HINT = 'S3 triggers one function for a file: give the steps folders of their own.';

function overlapping(bucket: string, entry: Wanted, other: string, hint: string): FdlError {
  const message = `the input ${folder(bucket, entry)} of ${entry.step} overlaps with ${other}`;
  return new FdlError('notification-overlap', message, { hint });
}

function theirs({ target, id, prefix, suffix }: ForeignEntry): string {
  const objects = `${prefix}*${suffix}`;
  return `a notification of others: ${objects} to ${target}${id && ` (${id})`}`;
}

function folder(bucket: string, { prefix, suffix }: Pick<Wanted, 'prefix' | 'suffix'>): string {
  return `s3://${bucket}/${prefix}${suffix ? `*${suffix}` : ''}`;
}

/** What S3 takes as it is: its safe characters, encoded ones, and `+` for a space. */
const ENCODED = /^(?:[A-Za-z0-9/!\-_.*'()+]|%[0-9A-Fa-f]{2})*$/;

/**
 * A prefix or suffix of object keys as S3 wants it in the notification configuration of a bucket. S3 compares them with
 * keys as they stand in events: a space is `+`, and what is not among S3's safe characters is percent-encoded.
 * Rule: S3's user guide, "Configuring event notifications using object key name filtering" and "Safe characters"; that a
 * plain `=` matches nothing was reported in https://github.com/aws/aws-cdk/pull/28012.
 */
function encodeKeyFilter(text: string): string {
  return encodeURIComponent(text).replaceAll('%2F', '/').replaceAll('%20', '+').replaceAll('~', '%7E');
}

/** The prefix or suffix that a filter means; text that nobody encoded means itself. */
function decodeKeyFilter(value: string): string {
  try {
    return decodeURIComponent(value.replaceAll('+', ' '));
  } catch {
    return value;
  }
}

/** Whether a filter is in a form in which S3 can find keys by it. */
function isKeyFilter(value: string): boolean {
  return ENCODED.test(value);
}
