/**
 * Notification configurations of buckets, read and checked as S3 does. Rules: PutBucketNotificationConfiguration in
 * S3's API reference.
 */
import { AwsFault } from '../core/fault.ts';
import { at, childrenOf, type Element, findAll, parseXml, textAt } from '../core/xml.ts';

/** One rule of a configuration. */
export interface NotificationEntry {
  readonly id: string;
  readonly kind: 'lambda' | 'queue' | 'topic';
  readonly arn: string;
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

const DESTINATIONS = {
  CloudFunctionConfiguration: { kind: 'lambda', field: 'CloudFunction' },
  QueueConfiguration: { kind: 'queue', field: 'Queue' },
  TopicConfiguration: { kind: 'topic', field: 'Topic' },
} as const;

const EVENT =
  /^s3:(ObjectCreated:(\*|Put|Post|Copy|CompleteMultipartUpload)|ObjectRemoved:(\*|Delete|DeleteMarkerCreated)|ObjectRestore:(\*|Post|Completed|Delete)|ReducedRedundancyLostObject|Replication:\*|Replication:Operation\w+|ObjectTagging:(\*|Put|Delete)|ObjectAcl:Put|LifecycleExpiration:(\*|Delete|DeleteMarkerCreated)|LifecycleTransition|IntelligentTiering)$/;

/**
 * Reads a configuration.
 * @throws AwsFault
 */
export function parseNotification(source: string): readonly NotificationEntry[] {
  const root = documentOf(source);
  return root.children.flatMap((element): NotificationEntry[] => {
    if (element.name === 'EventBridgeConfiguration') return [];
    const destination = DESTINATIONS[element.name as keyof typeof DESTINATIONS];
    if (!destination) throw malformed();
    return [readEntry(element, destination)];
  });
}

function documentOf(source: string): Element {
  try {
    const root = parseXml(source);
    if (root.name === 'NotificationConfiguration') return root;
  } catch {
    // Answered below.
  }
  throw malformed();
}

function malformed(): AwsFault {
  const message = 'The XML you provided was not well-formed or did not validate against our published schema';
  return new AwsFault('MalformedXML', message);
}

function invalid(message: string): AwsFault {
  return new AwsFault('InvalidArgument', message);
}

type Destination = (typeof DESTINATIONS)[keyof typeof DESTINATIONS];

function readEntry(element: Element, { kind, field }: Destination): NotificationEntry {
  const events = childrenOf(element, 'Event').map(({ text }) => text.trim());
  const arn = textAt(element, field);
  if (!arn || events.length === 0) throw malformed();
  const odd = events.find((event) => !EVENT.test(event));
  if (odd !== undefined) throw invalid(`The event '${odd}' is not supported for notifications`);
  const rules = findAll(at(element, 'Filter', 'S3Key'), 'FilterRule');
  const filters = rules.map((rule) => [textAt(rule, 'Name')?.toLowerCase() ?? '', rawText(rule)] as const);
  for (const name of ['prefix', 'suffix']) {
    if (filters.filter(([each]) => each === name).length > 1) {
      throw invalid(`Cannot specify more than one ${name} rule in a filter.`);
    }
  }
  if (filters.some(([name]) => name !== 'prefix' && name !== 'suffix')) {
    throw invalid('filter rule name must be either prefix or suffix');
  }
  const { prefix = '', suffix = '' } = Object.fromEntries(filters);
  return { id: textAt(element, 'Id') ?? '', kind, arn, events, prefix, suffix };
}

/** Prefixes and suffixes may begin or end with spaces. */
function rawText(rule: Element): string {
  return childrenOf(rule, 'Value')[0]?.text ?? '';
}

/**
 * Refuses entries that could both be meant by one event, and ids that are not unique.
 * @throws AwsFault
 */
export function checkEntries(entries: readonly NotificationEntry[]): void {
  const ids = entries.map(({ id }) => id).filter((id) => id !== '');
  if (new Set(ids).size < ids.length)
    throw invalid('Same ID used for multiple configurations. IDs must be unique');
  if (ids.some((id) => id.length > 255)) throw invalid('An ID has at most 255 characters');
  entries.forEach((entry, index) => {
    if (entries.slice(index + 1).some((other) => overlap(entry, other))) {
      throw invalid(
        'Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.',
      );
    }
  });
}

function overlap(one: NotificationEntry, other: NotificationEntry): boolean {
  return (
    one.events.some((event) => other.events.some((each) => covers(event, each) || covers(each, event))) &&
    (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix)) &&
    (one.suffix.endsWith(other.suffix) || other.suffix.endsWith(one.suffix))
  );
}

/** Whether an event of a configuration means another one, such as `s3:ObjectCreated:*` all that create objects. */
export function covers(pattern: string, event: string): boolean {
  return pattern.endsWith('*') ? event.startsWith(pattern.slice(0, -1)) : pattern === event;
}

/**
 * Whether S3 finds keys by a filter: a special character that is not encoded matches nothing.
 * Rule: S3's user guide, "Configuring event notifications using object key name filtering" and "Safe characters";
 * https://github.com/aws/aws-cdk/pull/28012: `schemaVersion=1/` gets no event, `schemaVersion%3D1/` all.
 */
function isEncoded(filter: string): boolean {
  return /^([\w/!\-.*'()+]|%[0-9A-Fa-f]{2})*$/.test(filter);
}

function decoded(filter: string): string {
  return decodeURIComponent(filter.replaceAll('+', ' '));
}

function matches({ prefix, suffix }: NotificationEntry, key: string): boolean {
  if (!isEncoded(prefix) || !isEncoded(suffix)) return false;
  return key.startsWith(decoded(prefix)) && key.endsWith(decoded(suffix));
}

/** The entries that an event about an object is meant for. */
export function concerned(
  entries: readonly NotificationEntry[],
  event: string,
  key: string,
): readonly NotificationEntry[] {
  return entries.filter(
    (entry) => entry.events.some((pattern) => covers(pattern, event)) && matches(entry, key),
  );
}
