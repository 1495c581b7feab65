/**
 * Services of a cluster. All releases refuse to make one on a bucket that is there, and delete its buckets along with it.
 * So it is made with the buckets that are new, and gets the others by an update; before it is deleted, an update takes
 * its buckets away from it.
 */

import { DEFAULT_CONCURRENCY, mapBounded } from '../../../../deploy/concurrency.ts';
import type {
  CallContext,
  Change,
  Found,
  Observed,
  Props,
  ResourceKind,
  Stay,
} from '../../../../deploy/resource.ts';
import { IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { refsIn } from '../../../../deploy/value.ts';
import { FdlError } from '../../../../errors.ts';
import { isCopy, SPEC_ANNOTATION, STEP_ANNOTATION } from '../../annotations.ts';
import { exposedUrl, type ServiceAnswer } from '../../api/answers.ts';
import { OscarError } from '../../api/error.ts';
import { type KindDeps, listBySite, onCluster, oscarId, type Site } from '../deps.ts';
import { isDenied, isOwnedBy, ownerText, seenServices } from '../ownership.ts';
import { writeEntries } from '../webhook.ts';
import { detached, losesScript, ownBuckets, privateBuckets, resent, takesBuckets } from './buckets.ts';
import { hidden, serviceChanges, specOf } from './changes.ts';
import { requireToken } from './federation.ts';
import { forgetsToken, isAsSent, keptOf, make, makeAlone, put, takenOver } from './write.ts';

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
      if (props.service) requireToken(props.name, props.service, observed !== undefined);
      return observed;
    },
    rules: RULES,
    changes: (props, attrs) => changesOf(props.service ?? {}, attrs.service),
    reconcile: async (props, call) => {
      deps.requireStep(props.step);
      await onCluster(deps, props.cluster, () => bring(deps.site(props.cluster), props, deps, call));
      const observed = await observe(deps, props, call);
      if (observed) return observed.attrs;
      throw new OscarError(
        'oscar-failed',
        `cluster ${props.cluster} does not show the service ${props.name}`,
      );
    },
    delete: (attrs, call) => onCluster(deps, attrs.cluster, () => remove(deps, attrs, call)),
    stays: async ({ service }) => stayOf(service as ServiceAnswer, deps),
    list: (_workflow, call) => listBySite(KIND, deps, (site) => listOn(site, deps, call)),
  };
}

async function observe(
  deps: KindDeps,
  { cluster, name }: Pick<ServiceProps, 'cluster' | 'name'>,
  call: CallContext,
): Promise<Observed<ServiceAttrs> | undefined> {
  const site = deps.site(cluster);
  try {
    const answer = await site.service(name, call);
    if (!answer) return undefined;
    const owned = isOwnedBy(answer, deps, site);
    return { owned, attrs: attrsOf(site, answer), ...(!owned && { whose: ownerText(answer) }) };
  } catch (error) {
    if (!isDenied(error)) throw error;
    const whose = 'of another user of the cluster';
    return { owned: false, attrs: { cluster, name, service: {} }, whose };
  }
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
  const [before, after] = [(answered['annotations'] as Props | undefined)?.[SPEC_ANNOTATION], specOf(sent)];
  return before === after ? [] : [{ path: `annotations.${SPEC_ANNOTATION}`, before, after }];
}

async function bring(site: Site, { name, service = {} }: ServiceProps, deps: KindDeps, call: CallContext) {
  const whole = withSpec(service);
  const found = await site.client.service(name, call.signal);
  if (!found) return site.isClosed ? makeAlone(site, whole, deps, call) : make(site, whole, deps, call);
  const owned = takenOver(site, whole, found);
  // An answer that was lost, or a try before this one, may have done all.
  if (call.absent && isAsSent(owned, found)) return;
  if (losesScript(owned, site)) return renew(site, found, owned, deps, call);
  return update(site, found, owned, deps, call);
}

function withSpec(service: Props): Props {
  const annotations = { ...(service['annotations'] as Props), [SPEC_ANNOTATION]: specOf(service) };
  return { ...service, annotations };
}

async function update(
  site: Site,
  found: ServiceAnswer,
  service: Props,
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const kept = keptOf(found);
  const own = ownBuckets(found, site.minioEndpoint);
  // The webhook learns a new token only with buckets that are new to the service.
  if (forgetsToken(site) && takesBuckets(found)) {
    await put(site, { ...detached(service), ...kept }, deps, call);
  }
  await put(site, { ...service, ...kept }, deps, call);
  const now = new Set(ownBuckets(service, site.minioEndpoint));
  const left = own.filter((bucket) => !now.has(bucket) && !privateBuckets(found).includes(bucket));
  await silence(site, found.name, left, deps, call);
}

/**
 * An update would lose the script: the service is removed and made anew, which only one may be that takes no data along:
 * buckets cannot be kept, since a new service refuses those that are there, and a volume only if the service attaches it.
 */
async function renew(
  site: Site,
  found: ServiceAnswer,
  service: Props,
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const volume = madeVolume(found);
  if (takesBuckets(found) || (volume && !volume.stays)) {
    const message = `cluster ${site.id} (OSCAR ${site.release}) cannot update the exposed service ${found.name}: it would lose its script`;
    throw new FdlError('script-lost', message, { hint: renewHint(volume) });
  }
  await site.client.remove(found.name, call.signal);
  await make(site, service, deps, call);
}

function renewHint(volume: MadeVolume | undefined): string {
  const what = volume ? `its volume ${volume.name}` : 'its buckets';
  return `Copy away what is in ${what}, remove it (fdl rm --delete-data) and apply again.`;
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

/** A volume that a service made goes with it. */
function stayOf(service: ServiceAnswer, { deleteData }: KindDeps): Stay | undefined {
  const volume = madeVolume(service);
  if (!volume || volume.stays || deleteData) return undefined;
  const why = `its volume ${volume.name} would go with all that is in it; --delete-data deletes both`;
  return { why, isSure: true };
}

async function remove(
  deps: KindDeps,
  { cluster, name }: ServiceAttrs,
  call: CallContext,
): Promise<{ readonly kept: string } | undefined> {
  const site = deps.site(cluster);
  const found = await site.client.service(name, call.signal);
  if (!found) return undefined;
  const stay = stayOf(found, deps);
  if (stay) return { kept: stay.why };
  if (!deps.force) await refuseWithJobs(site, name, call);
  const own = ownBuckets(found, site.minioEndpoint).filter(
    (bucket) => !privateBuckets(found).includes(bucket),
  );
  await silence(site, name, own, deps, call);
  // Where only the cluster reaches its buckets, they can go with the service alone.
  if (takesBuckets(found) && !(site.isClosed && deps.deleteData)) {
    await put(site, { ...detached(resent(found)), ...keptOf(found) }, deps, call);
  }
  await site.client.remove(name, call.signal);
  return undefined;
}

/** Names of jobs that an error shows. */
const SHOWN = 5;

/** Names of the jobs of a service that wait or run. */
async function jobsOf(site: Site, name: string, { signal }: CallContext): Promise<readonly string[]> {
  const jobs: string[] = [];
  try {
    for await (const { name: job, status } of site.client.jobs(name, signal)) {
      if (status !== 'Succeeded' && status !== 'Failed') jobs.push(job);
    }
  } catch (error) {
    // What one may not see keeps nobody from removing what is one's own.
    if (!(error instanceof OscarError) || !UNSEEN.includes(error.code)) throw error;
  }
  return jobs;
}

function named(jobs: readonly string[]): string {
  return jobs.slice(0, SHOWN).join(', ') + (jobs.length > SHOWN ? ', …' : '');
}

/** @throws FdlError `jobs-running`: a service takes its jobs along */
async function refuseWithJobs(site: Site, name: string, call: CallContext): Promise<void> {
  const jobs = await jobsOf(site, name, call);
  if (jobs.length === 0) return;
  const count = jobs.length === 1 ? '1 job' : `${jobs.length} jobs`;
  throw new FdlError(
    'jobs-running',
    `the service ${name} still has ${count} that wait or run: ${named(jobs)}`,
    {
      hint: 'Wait until they have ended (fdl status), or end them: fdl rm --force.',
      details: { jobs: jobs.length },
    },
  );
}

const UNSEEN: readonly string[] = ['oscar-not-found', 'oscar-denied', 'oscar-unsupported'];

/** A volume that a service made: one that it only attaches has no size. */
interface MadeVolume {
  readonly name: string;
  /** When the service is deleted. */
  readonly stays: boolean;
}

function madeVolume(service: ServiceAnswer): MadeVolume | undefined {
  const volume = (service['volume'] ?? undefined) as
    | { readonly name?: string; readonly size?: string; readonly lifecycle_policy?: string }
    | undefined;
  if (!volume?.size) return undefined;
  return { name: volume.name || service.name, stays: volume.lifecycle_policy === 'retain' };
}

async function listOn(
  site: Site,
  deps: KindDeps,
  call: CallContext,
): Promise<readonly Found<ServiceAttrs>[]> {
  const seen = await seenServices(site, deps, call);
  const owned = seen.services.filter(
    (service) => deps.services?.includes(service.name) ?? isOwnedBy(service, deps, site),
  );
  // Copies are wanted as long as the service is that they were made of.
  const services = owned.filter((service) => deps.removes || !isCopy(service));
  const unread = deps.known.flatMap(({ id, kind, step, props }): readonly Found<ServiceAttrs>[] => {
    const error = seen.errors.get(String(props['name']));
    const isIt = kind === KIND && props['cluster'] === site.id && error !== undefined;
    return isIt ? [{ id, step, attrs: {} as ServiceAttrs, error }] : [];
  });
  const looks = deps.removes && !deps.force;
  const found = await mapBounded(services, DEFAULT_CONCURRENCY, async (service) => {
    const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, string>>;
    const id = oscarId(site.id, 'service', service.name);
    const jobs = looks ? await jobsOf(site, service.name, call) : [];
    const busy = jobs.length > 0 && { busy: `${service.name}: ${named(jobs)}` };
    return { id, step: annotations[STEP_ANNOTATION], attrs: attrsOf(site, service), ...busy };
  });
  return [...found, ...unread];
}
