/**
 * Services of a cluster. Releases differ in what a POST and a PUT do to buckets that are there, and all delete buckets
 * along with a service. So a service is made without any, and gets them by an update; before it is deleted, an update
 * takes them away from it.
 */

import { refsIn } from '../../../deploy/refs.ts';
import type { CallContext, Change, Found, Observed, Props, ResourceKind } from '../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../deploy/rules.ts';
import { FdlError } from '../../../errors.ts';
import type { ServiceAnswer } from '../answers.ts';
import { OscarError } from '../error.ts';
import { type KindDeps, listBySite, oscarId, type Site } from '../kind-deps.ts';
import { isCopy, SPEC_ANNOTATION, STEP_ANNOTATION, specHash } from '../owner.ts';
import { isSince } from '../release.ts';
import { exposedUrl } from '../runtime/steps.ts';
import { hidden, serviceChanges } from './service-changes.ts';
import { requireToken } from './service-federation.ts';
import { detached, isAttached, isOwnedBy, ownBuckets, privateBuckets, resent } from './service-parts.ts';
import { revealed } from './service-payload.ts';
import { writeEntries } from './webhook.ts';

export type ServiceProps = {
  readonly cluster: string;
  readonly name: string;
  readonly step?: string | undefined;
  /** What is sent; absent where only the removal is planned, or the cluster does not answer. */
  readonly service?: Props | undefined;
};

export type ServiceAttrs = {
  readonly cluster: string;
  readonly name: string;
  /** What the cluster shows. */
  readonly service: Props;
  /** Where an exposed service answers. */
  readonly url?: string | undefined;
};

const RULES: Rules<ServiceProps> = {
  cluster: IDENTITY,
  name: IDENTITY,
  step: { ignored: 'an annotation of the service says it, and is compared with it' },
  service: { by: 'update', as: '' },
};

const KIND = 'oscar/service';

export function serviceKind(deps: KindDeps): ResourceKind<ServiceProps, ServiceAttrs> {
  return {
    title: 'service',
    rank: 50,
    read: async (props, call) => {
      deps.requireStep(props.step);
      const observed = await observe(deps, props, call);
      // One that is there may have the token already, which nobody shows.
      if (!observed && props.service) requireToken(props.name, props.service);
      return observed;
    },
    rules: RULES,
    changes: (props, attrs) => changesOf(props.service ?? {}, attrs.service),
    reconcile: async (props, call) => {
      deps.requireStep(props.step);
      await bring(deps.site(props.cluster), props, deps, call);
      const observed = await observe(deps, props, call);
      if (observed) return observed.attrs;
      throw new OscarError(
        'oscar-failed',
        `cluster ${props.cluster} does not show the service ${props.name}`,
      );
    },
    delete: (attrs, call) => remove(deps, attrs, call),
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

async function observe(
  deps: KindDeps,
  { cluster, name }: Pick<ServiceProps, 'cluster' | 'name'>,
  { signal }: CallContext,
): Promise<Observed<ServiceAttrs> | undefined> {
  const site = deps.site(cluster);
  const answer = await site.client.service(name, signal);
  return answer && { owned: isOwnedBy(answer, deps.workflow), attrs: attrsOf(site, answer) };
}

function attrsOf(site: Site, answer: ServiceAnswer): ServiceAttrs {
  const url = exposedUrl(answer, site.endpoint);
  const { name } = answer;
  return { cluster: site.id, name, service: hidden(answer as Props), ...(url !== undefined && { url }) };
}

/** What differs; of what a cluster does not show, only that it differs. */
function changesOf(sent: Props, answered: Props): readonly Change[] {
  const changes = serviceChanges(sent, answered);
  if (changes.length > 0 || refsIn(sent).length > 0) return changes;
  const [before, after] = [(answered['annotations'] as Props | undefined)?.[SPEC_ANNOTATION], specHash(sent)];
  return before === after ? [] : [{ path: `annotations.${SPEC_ANNOTATION}`, before, after }];
}

async function bring(site: Site, { name, service = {} }: ServiceProps, deps: KindDeps, call: CallContext) {
  const whole = withSpec(service);
  const found = await site.client.service(name, call.signal);
  if (found) return update(site, found, whole, deps, call);
  if (!isAttached(whole)) return create(site, whole, call);
  await (site.isClosed ? createAlone(site, whole, call) : create(site, detached(whole), call));
  const made = await site.client.service(name, call.signal);
  if (made) await update(site, made, whole, deps, call);
}

function withSpec(service: Props): Props {
  const annotations = { ...(service['annotations'] as Props), [SPEC_ANNOTATION]: specHash(service) };
  return { ...service, annotations };
}

async function create(site: Site, service: Props, { signal, progress }: CallContext): Promise<void> {
  const slow = service['image_prefetch'] === true;
  if (slow) progress('waiting for all nodes of the cluster to pull the image');
  await site.client.create(revealed(service), { slow, signal });
}

/** Without a way to its MinIO, only the cluster can make buckets and watch them, which it does for new ones. */
async function createAlone(site: Site, service: Props, call: CallContext): Promise<void> {
  const { input, output, mount } = service;
  try {
    await create(site, { ...detached(service), input, output, mount }, call);
  } catch (error) {
    if (!(error instanceof OscarError) || !/already exists/.test(error.said ?? '')) throw error;
    if (ownBuckets(service, site.minioEndpoint).length > 0) throw closed(site, service, error);
    await create(site, detached(service), call);
  }
}

function closed(site: Site, service: Props, cause: OscarError): FdlError {
  const message = `the service ${service['name']} needs a bucket that is there already, and cluster ${site.id} watches only new ones: ${cause.said}`;
  const hint = `Run this where ${site.minioEndpoint}, its MinIO, can be reached; or give the service a bucket of its own.`;
  return new FdlError('minio-closed', message, { hint, cause });
}

async function update(
  site: Site,
  found: ServiceAnswer,
  service: Props,
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const { signal, progress } = call;
  const slow = service['image_prefetch'] === true;
  const kept = keptOf(found);
  // Before 4.0 an update makes a new token, which the webhook learns only with buckets that are new to the service.
  const isDeaf = !isSince(site.release, '4.0.0') && isAttached(resent(found));
  if (isDeaf) await site.client.update(revealed({ ...detached(service), ...kept }), { signal });
  if (slow) progress('waiting for all nodes of the cluster to pull the image');
  const warning = await site.client.update(revealed({ ...service, ...kept }), { slow, signal });
  if (warning) progress(warning);
  const now = new Set(ownBuckets(service, site.minioEndpoint));
  const left = ownBuckets(found, site.minioEndpoint).filter((bucket) => !now.has(bucket));
  await silence(
    site,
    found.name,
    left.filter((bucket) => !privateBuckets(found).includes(bucket)),
    deps,
    call,
  );
}

/** What an update must repeat: an administrator's would forget the owner, and buckets that are not listed are deleted. */
function keptOf(found: ServiceAnswer): Props {
  const { owner } = found;
  const buckets = [...new Set(privateBuckets(found))];
  return { ...(owner && { owner }), ...(buckets.length > 0 && { bucket_list: buckets }) };
}

/** A service hears no more of buckets. */
async function silence(
  site: Site,
  service: string,
  buckets: readonly string[],
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  for (const bucket of site.isClosed ? [] : buckets)
    await writeEntries(site, bucket, new Set([service]), [], deps, call);
}

async function remove(
  deps: KindDeps,
  { cluster, name }: ServiceAttrs,
  call: CallContext,
): Promise<{ readonly kept: string } | undefined> {
  const site = deps.site(cluster);
  const found = await site.client.service(name, call.signal);
  if (!found) return undefined;
  const volume = ownVolume(found);
  if (volume !== undefined && !deps.deleteData) {
    return { kept: `its volume ${volume} would go with all that is in it; --delete-data deletes both` };
  }
  await silence(site, name, ownBuckets(found, site.minioEndpoint), deps, call);
  const service = resent(found);
  // Where only the cluster reaches its buckets, they can go with the service alone.
  if (isAttached(service) && !(site.isClosed && deps.deleteData)) {
    await site.client.update({ ...detached(service), ...keptOf(found) }, { signal: call.signal });
  }
  await site.client.remove(name, call.signal);
  return undefined;
}

/** A volume that the service made and that is deleted with it. */
function ownVolume(service: ServiceAnswer): string | undefined {
  const volume = (service['volume'] ?? undefined) as
    | { readonly name?: string; readonly size?: string; readonly lifecycle_policy?: string }
    | undefined;
  if (!volume?.size || volume.lifecycle_policy === 'retain') return undefined;
  return volume.name || service.name;
}

async function listOn(
  site: Site,
  deps: KindDeps,
  call: CallContext,
): Promise<readonly Found<ServiceAttrs>[]> {
  const owned = (await site.services(call)).filter((service) => isOwnedBy(service, deps.workflow));
  // Copies are wanted as long as the service is that they were made of.
  const services = owned.filter((service) => deps.removes || !isCopy(service));
  return services.map((service) => {
    const annotations = service['annotations'] as Readonly<Record<string, string>>;
    const id = oscarId(site.id, 'service', service.name);
    return { id, step: annotations[STEP_ANNOTATION], attrs: attrsOf(site, service) };
  });
}
