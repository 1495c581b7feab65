/**
 * What starts services when files arrive in a bucket. A bucket has one configuration for all who listen to it, so all
 * entries of a workflow are one resource. The cluster itself sets them only for buckets that it makes with a service.
 */
import type { CallContext, Change, Found, Observed, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { type KindDeps, listBySite, minioOf, oscarId, type Site } from '../kind-deps.ts';
import { isOwnedBy, ownBuckets } from './service-parts.ts';
import { type Entry, entriesOf, sameEntries, writeEntries } from './webhook.ts';

export type TriggerProps = {
  readonly cluster: string;
  readonly bucket: string;
  readonly entries: readonly Entry[];
};
export type TriggerAttrs = TriggerProps;

const RULES: Rules<TriggerProps> = {
  cluster: IDENTITY,
  bucket: IDENTITY,
  entries: { by: 'configuration', unordered: true },
};

const KIND = 'oscar/trigger';

export function triggerKind(deps: KindDeps): ResourceKind<TriggerProps, TriggerAttrs> {
  return {
    title: 'trigger',
    rank: 10,
    read: (props, call) => observe(deps, props, ownServices(deps, props.cluster), call),
    rules: RULES,
    changes: ({ entries }, attrs) => changesOf(entries, attrs.entries),
    reconcile: async (props, call) => {
      const services = ownServices(deps, props.cluster);
      await writeEntries(deps.site(props.cluster), props.bucket, services, props.entries, deps, call);
      return props;
    },
    delete: async ({ cluster, bucket, entries }, call) => {
      const services = new Set(entries.map(({ service }) => service));
      await writeEntries(deps.site(cluster), bucket, services, [], deps, call);
      return undefined;
    },
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

/** Names of the services that the file has on a cluster. */
function ownServices({ known }: KindDeps, cluster: string): ReadonlySet<string> {
  const own = known.filter(({ kind, props }) => kind === 'oscar/service' && props['cluster'] === cluster);
  return new Set(own.map(({ props }) => String(props['name'])));
}

async function observe(
  deps: KindDeps,
  { cluster, bucket }: Pick<TriggerProps, 'cluster' | 'bucket'>,
  services: ReadonlySet<string>,
  call: CallContext,
): Promise<Observed<TriggerAttrs> | undefined> {
  const minio = minioOf(deps.site(cluster), deps, call);
  const entries = entriesOf((await minio.notifications(bucket)) ?? {}, services);
  return entries.length === 0 ? undefined : { owned: true, attrs: { cluster, bucket, entries } };
}

function changesOf(wanted: readonly Entry[], found: readonly Entry[]): readonly Change[] {
  if (sameEntries(wanted, found)) return [];
  return [{ path: 'entries', before: found, after: wanted }];
}

/** The buckets of the file, and those that services of the workflow say they listen to. */
async function listOn(
  site: Site,
  deps: KindDeps,
  call: CallContext,
): Promise<readonly Found<TriggerAttrs>[]> {
  if (site.isClosed) return [];
  const services = (await site.services(call)).filter((service) => isOwnedBy(service, deps.workflow));
  const names = new Set(services.map(({ name }) => name));
  const wanted = deps.known.filter(({ kind, props }) => kind === KIND && props['cluster'] === site.id);
  const buckets = [
    ...wanted.map(({ props }) => String(props['bucket'])),
    ...services.flatMap((service) => ownBuckets(service, site.minioEndpoint)),
  ];
  const found = await Promise.all(
    [...new Set(buckets)].map(async (bucket) => {
      const observed = await observe(deps, { cluster: site.id, bucket }, names, call);
      return observed ? [{ id: oscarId(site.id, 'trigger', bucket), attrs: observed.attrs }] : [];
    }),
  );
  return found.flat();
}
