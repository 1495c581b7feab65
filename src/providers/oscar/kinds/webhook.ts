/**
 * MinIO webhooks of services: entries in the notification configuration of a bucket, which all services share. MinIO calls
 * the webhook of a service for each new object.
 */
import type { NotificationConfiguration, QueueConfiguration } from '@aws-sdk/client-s3';
import type { CallContext } from '../../../deploy/resource.ts';
import { FdlError } from '../../../errors.ts';
import { withRetry } from '../../../retry.ts';
import { bucketNotFound } from '../../../storage/error.ts';
import { type KindDeps, minioOf, type Site } from './deps.ts';

/** New files below a folder start a service. */
export type Entry = {
  readonly service: string;
  /** Ends with `/`; empty for the whole bucket. */
  readonly prefix: string;
  /** Only where somebody changed the entry: it has a suffix, or other events. */
  readonly suffix?: string | undefined;
  readonly events?: readonly string[] | undefined;
};

const EVENTS = ['s3:ObjectCreated:*'] as const;

/** The name of a service's webhook. Rule: OSCAR, `GetMinIOWebhookARN`. */
function webhookArn({ region }: Pick<Site, 'region'>, service: string): string {
  return `arn:minio:sqs:${region}:${service}:webhook`;
}

/** The service that an entry starts; nothing for other queues, and where the region is another one. */
function serviceOf({ QueueArn = '' }: QueueConfiguration): string | undefined {
  return /^arn:minio:sqs:[^:]*:([^:]+):webhook$/.exec(QueueArn)?.[1];
}

/** The entries of some services. */
export function entriesOf(
  { QueueConfigurations = [] }: NotificationConfiguration,
  services: ReadonlySet<string>,
): readonly Entry[] {
  return QueueConfigurations.flatMap((queue) => {
    const service = serviceOf(queue);
    return service !== undefined && services.has(service) ? [entryOf(service, queue)] : [];
  });
}

function entryOf(service: string, { Filter, Events = [] }: QueueConfiguration): Entry {
  const rule = (name: string) =>
    (Filter?.Key?.FilterRules ?? []).find(({ Name }) => Name?.toLowerCase() === name)?.Value ?? '';
  const suffix = rule('suffix');
  const isUsual = Events.length === 1 && Events[0] === EVENTS[0];
  return { service, prefix: rule('prefix'), ...(suffix && { suffix }), ...(!isUsual && { events: Events }) };
}

/** Writes the entries of some services, and leaves all others as they are. Nothing is written where they are right. */
export async function writeEntries(
  site: Site,
  bucket: string,
  services: ReadonlySet<string>,
  entries: readonly Entry[],
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const minio = minioOf(site, deps, call);
  await deps.alone(`${site.id} ${bucket}`, () =>
    withRetry(
      async (attempt) => {
        const config = await minio.notifications(bucket);
        if (!config && entries.length > 0) throw bucketNotFound(bucket);
        if (!config || sameEntries(entriesOf(config, services), entries)) return;
        const others = await livingOthers(site, config, services, attempt, call);
        const own = entries.map((entry, index) => configurationOf(site, entry, index));
        try {
          await minio.setNotifications(bucket, { ...config, QueueConfigurations: [...others, ...own] });
        } catch (thrown) {
          throw notYet(thrown);
        }
      },
      { attempts: ATTEMPTS, signal: call.signal, delay: deps.delay },
    ),
  );
}

/** MinIO knows a webhook only after the restart that comes with it: these tries go on for some seconds. */
const ATTEMPTS = 7;

class NotYet extends FdlError {
  readonly retryable = true;
}

function notYet(thrown: unknown): unknown {
  if (!(thrown instanceof FdlError) || thrown.code !== 'minio-arn') return thrown;
  const { code, message, cause } = thrown;
  return new NotYet(code, message, { hint: 'MinIO may be about to restart: run the command again.', cause });
}

/** Entries of services that are gone must not keep ours out: MinIO refuses a configuration that has them. */
async function livingOthers(
  { client }: Site,
  { QueueConfigurations = [] }: NotificationConfiguration,
  services: ReadonlySet<string>,
  attempt: number,
  { signal }: CallContext,
): Promise<readonly QueueConfiguration[]> {
  const others = QueueConfigurations.filter((queue) => !services.has(serviceOf(queue) ?? ''));
  if (attempt === 1) return others;
  const isThere = await Promise.all(
    others.map(async (queue) => {
      const service = serviceOf(queue);
      if (service === undefined) return true;
      // One that is somebody else's is there, too, though not shown.
      return client.service(service, signal).then(
        (found) => found !== undefined,
        () => true,
      );
    }),
  );
  return others.filter((_, index) => isThere[index]);
}

function configurationOf(site: Site, { service, prefix }: Entry, index: number): QueueConfiguration {
  return {
    Id: `fdl-${service}-${index}`,
    QueueArn: webhookArn(site, service),
    Events: [...EVENTS],
    ...(prefix !== '' && { Filter: { Key: { FilterRules: [{ Name: 'prefix', Value: prefix }] } } }),
  };
}

/** Whether two lists of entries say the same; the order does not matter. */
export function sameEntries(a: readonly Entry[], b: readonly Entry[]): boolean {
  const texts = (entries: readonly Entry[]) =>
    JSON.stringify(
      entries
        .map(({ service, prefix, suffix = '', events = [] }) =>
          JSON.stringify([service, prefix, suffix, events]),
        )
        .sort(),
    );
  return texts(a) === texts(b);
}
