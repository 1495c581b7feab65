/**
 * What starts services when files arrive in a bucket. A bucket has one configuration for all who listen to it, so all
 * entries of a workflow are one resource. The cluster itself sets them only for buckets that it makes with a service.
 */
import type { CallContext, Change, Found, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { unlessDenied } from '../bucket/index.ts';
import { type KindDeps, listBySite, minioOf, onCluster, oscarId, type Site } from '../deps.ts';
import { isFree, isOwnedBy, namedServices, seenServices } from '../ownership.ts';
import { ownBuckets, privateBuckets } from '../service/buckets.ts';
import { type Entry, entriesOf, sameEntries, writeEntries } from '../webhook.ts';

export type TriggerProps = {
  readonly cluster: string;
  readonly bucket: string;
  readonly entries: readonly Entry[];
};
type TriggerAttrs = TriggerProps;

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
    rules: RULES,
    read: (props, call) => observe(deps, props, namedServices(deps, props.cluster), call),
    changes: ({ entries }, attrs) => changesOf(entries, attrs.entries),
    reconcile: async (props, call) => {
      await write(deps, props, namedServices(deps, props.cluster), props.entries, call);
      return props;
    },
    delete: async (attrs, call) => {
      await write(deps, attrs, new Set(attrs.entries.map(({ service }) => service)), [], call);
      return undefined;
    },
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

function write(
  deps: KindDeps,
  { cluster, bucket }: Pick<TriggerProps, 'cluster' | 'bucket'>,
  services: ReadonlySet<string>,
  entries: readonly Entry[],
  call: CallContext,
): Promise<void> {
  return onCluster(deps, cluster, () =>
    writeEntries(deps.site(cluster), bucket, services, entries, deps, call),
  );
}

/** Entries of services that only have the name of ours are somebody else's. */
async function observe(
  deps: KindDeps,
  { cluster, bucket }: Pick<TriggerProps, 'cluster' | 'bucket'>,
  services: ReadonlySet<string>,
  call: CallContext,
): Promise<Observed<TriggerAttrs> | undefined> {
  const site = deps.site(cluster);
  const config = (await minioOf(site, deps, call).notifications(bucket)) ?? {};
  const named = entriesOf(config, services);
  const names = [...new Set(named.map(({ service }) => service))];
  const free = await Promise.all(names.map((name) => isFree(site, name, deps, call)));
  const own = new Set(names.filter((_, index) => free[index]));
  const entries = named.filter(({ service }) => own.has(service));
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
  const seen = await seenServices(site, deps, call);
  const services = seen.services.filter((service) => isOwnedBy(service, deps, site));
  const names = new Set(services.map(({ name }) => name));
  const wanted = deps.known.filter(({ kind, props }) => kind === KIND && props['cluster'] === site.id);
  const shared = services.flatMap((service) =>
    ownBuckets(service, site.minioEndpoint).filter((bucket) => !privateBuckets(service).includes(bucket)),
  );
  const buckets = new Set([...wanted.map(({ props }) => String(props['bucket'])), ...shared]);
  const found = await Promise.all(
    [...buckets].map(async (bucket) => {
      const place = { cluster: site.id, bucket };
      const observed = await observe(deps, place, names, call).catch(unlessDenied);
      return observed ? [{ id: oscarId(site.id, 'trigger', bucket), attrs: observed.attrs }] : [];
    }),
  );
  return found.flat();
}
