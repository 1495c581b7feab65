/**
 * Volumes that a file gives a size: they are made apart from the services, which attach them. One that a service makes
 * itself goes with it, so that such a service could never be made anew.
 */
import type { CallContext, Found, Observed, ResourceKind, Stay } from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { FdlError } from '../../../../errors.ts';
import { VOLUME_ANNOTATION } from '../../annotations.ts';
import { isSince, type VolumeAnswer } from '../../api/answers.ts';
import { OscarError } from '../../api/error.ts';
import { parseQuantity } from '../../dialect/quantity.ts';
import type { OscarStep } from '../../dialect/step.ts';
import { type KindDeps, listBySite, onCluster, oscarId, type Site } from '../deps.ts';
import { isOwnedBy, seenServices } from '../ownership.ts';

export type VolumeProps = {
  readonly cluster: string;
  readonly name: string;
  /** As Kubernetes writes amounts: `1Gi`. */
  readonly size: string;
  /** It is nobody's to delete. */
  readonly stays?: boolean | undefined;
};
export type VolumeAttrs = { readonly cluster: string; readonly name: string; readonly size: string };

const RULES: Rules<VolumeProps> = {
  cluster: IDENTITY,
  name: IDENTITY,
  size: { by: 'refusal' },
  stays: { ignored: 'the volume does not say it: the file does, and the service that attaches it' },
};

/** No cluster says what is on a volume. */
const STAYS: Stay = { why: 'with all files on it; --delete-data removes it', isSure: true };

const KIND = 'oscar/volume';

/** The volume that a step asks for with a size, on a cluster that has volumes. */
export function wantedVolume(
  { name, cluster, settings: { volume } }: OscarStep,
  release: string,
): VolumeProps | undefined {
  if (!volume?.size || !isSince(release, '4.0.0')) return undefined;
  const stays = volume.lifecycle_policy === 'retain';
  return { cluster, name: volume.name || name, size: volume.size, ...(stays && { stays }) };
}

export function volumeKind(deps: KindDeps): ResourceKind<VolumeProps, VolumeAttrs> {
  return {
    title: 'volume',
    rank: 90,
    foreign: 'use',
    read: (props, call) => observe(deps, props, call),
    rules: RULES,
    changes: ({ size }, { size: before }) =>
      sameSize(size, before) ? [] : [{ path: 'size', before, after: size }],
    reconcile: (props, call) => onCluster(deps, props.cluster, () => ensure(deps, props, call)),
    delete: (attrs, call) => onCluster(deps, attrs.cluster, () => remove(deps, attrs, call)),
    stays: async () => (deps.deleteData ? undefined : STAYS),
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

function sameSize(a: string, b: string): boolean {
  return a === b || parseQuantity(a) === parseQuantity(b);
}

async function observe(
  deps: KindDeps,
  { cluster, name }: Pick<VolumeProps, 'cluster' | 'name'>,
  call: CallContext,
): Promise<Observed<VolumeAttrs> | undefined> {
  const site = deps.site(cluster);
  const found = await site.client.volume(name, call.signal);
  if (!found) return undefined;
  const owned = await isOurs(site, name, found, deps, call);
  return { owned, attrs: { cluster, name, size: found.size ?? '' } };
}

/** Nothing can be written on a volume: a service of ours says that it is ours, or the file where nobody attaches it. */
async function isOurs(
  site: Site,
  name: string,
  { attachments }: VolumeAnswer,
  deps: KindDeps,
  call: CallContext,
): Promise<boolean> {
  const isFree = (attachments ?? []).length === 0;
  if (isFree) return namedVolumes(deps, site).includes(name);
  return (await claimedVolumes(site, deps, call)).includes(name);
}

/** What the file names, but for what is to stay. */
function namedVolumes({ known }: KindDeps, { id }: Site): readonly string[] {
  const own = known.filter(({ kind, props }) => kind === KIND && props['cluster'] === id && !props['stays']);
  return own.map(({ props }) => String(props['name']));
}

/** What services of the workflow say that they came with. */
async function claimedVolumes(site: Site, deps: KindDeps, call: CallContext): Promise<readonly string[]> {
  const { services } = await seenServices(site, deps, call);
  return services.flatMap((service) => {
    const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, string>>;
    const volume = annotations[VOLUME_ANNOTATION];
    return volume !== undefined && isOwnedBy(service, deps, site) ? [volume] : [];
  });
}

async function ensure(
  deps: KindDeps,
  { cluster, name, size }: VolumeProps,
  { signal }: CallContext,
): Promise<VolumeAttrs> {
  const { client } = deps.site(cluster);
  const found = (await client.volume(name, signal)) ?? (await client.createVolume(name, size, signal));
  const now = found.size ?? '';
  if (sameSize(now, size)) return { cluster, name, size: now };
  throw new FdlError(
    'volume-size',
    `the volume ${name} has a size of ${now}, and cluster ${cluster} gives it no other`,
    {
      hint: `Write "size: ${now}"; or give the new volume another name, and copy what is in the old one.`,
    },
  );
}

async function remove(
  deps: KindDeps,
  { cluster, name }: VolumeAttrs,
  { signal }: CallContext,
): Promise<{ readonly kept: string } | undefined> {
  if (!deps.deleteData) return { kept: 'there may be files in it; --delete-data deletes them as well' };
  try {
    await deps.site(cluster).client.removeVolume(name, signal);
    return undefined;
  } catch (error) {
    const isAttached = error instanceof OscarError && /attached/.test(error.said ?? '');
    if (isAttached) return { kept: 'services of others use it' };
    throw error;
  }
}

async function listOn(site: Site, deps: KindDeps, call: CallContext): Promise<readonly Found<VolumeAttrs>[]> {
  if (!isSince(site.release, '4.0.0')) return [];
  const names = new Set([...namedVolumes(deps, site), ...(await claimedVolumes(site, deps, call))]);
  const found = await Promise.all(
    [...names].map(async (name) => {
      const observed = await observe(deps, { cluster: site.id, name }, call);
      return observed?.owned ? [{ id: oscarId(site.id, 'volume', name), attrs: observed.attrs }] : [];
    }),
  );
  return found.flat();
}
