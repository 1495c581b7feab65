/**
 * Making and updating services, and what clusters do meanwhile: they answer failures of things that do not matter after
 * all is done, and every service that comes or goes restarts MinIO, which makes another one fail that just needs it.
 */
import type { CallContext, Props } from '../../../../deploy/resource.ts';
import { isBranch } from '../../../../deploy/value.ts';
import { FdlError } from '../../../../errors.ts';
import { withRetry } from '../../../../retry.ts';
import { ADMINISTRATOR, BUCKETS_ANNOTATION, OWNER_ANNOTATION, SPEC_ANNOTATION } from '../../annotations.ts';
import { isSince, type ServiceAnswer } from '../../api/answers.ts';
import { OscarError } from '../../api/error.ts';
import type { Tags } from '../../api/minio.ts';
import { ATTEMPTS, orAgain, retryable } from '../../api/restarting.ts';
import { mark } from '../bucket/index.ts';
import { type KindDeps, minioOf, type Site } from '../deps.ts';
import { detached, losesScript, madeBuckets, postable, privateBuckets, secretless } from './buckets.ts';
import { serviceChanges } from './changes.ts';
import { revealed } from './payload.ts';

/** What a service that is there shows of what was sent last; `undefined` where it has to be sent. */
export function isAsSent(sent: Props, answered: ServiceAnswer | Props): boolean {
  const spec = (service: Props | ServiceAnswer) =>
    (service['annotations'] as Props | undefined)?.[SPEC_ANNOTATION];
  return spec(sent) === spec(answered) && serviceChanges(sent, answered as Props).length === 0;
}

/**
 * Makes a service with one POST as far as a cluster takes it so, and the rest of it with a PUT: what concerns buckets
 * that are there already.
 */
export async function make(site: Site, service: Props, deps: KindDeps, call: CallContext): Promise<void> {
  const names = madeBuckets(service, site.minioEndpoint);
  const before = await tagsOf(site, names, deps, call);
  const theirs = new Set(before.keys());
  const ours = () => names.filter((bucket) => !theirs.has(bucket));
  const marked = () => withAnnotation(service, BUCKETS_ANNOTATION, ours().join(','));
  const present = async () => [...(await tagsOf(site, names, deps, call)).keys()];
  const isWhole = await withRetry(
    async () => {
      const there = new Set(await present());
      const part = postable(marked(), there, site);
      if (losesScript(service, site) && !isAsSent(marked(), part)) throw unmakeable(site, service);
      try {
        return await create(site, part, call);
      } catch (error) {
        if (!isOfBucket(error)) throw error;
        // Whoever made it since, such as another `fdl`, has it: what it is not needed for can be made all the same.
        const since = (await present()).filter((bucket) => !there.has(bucket));
        for (const bucket of since) theirs.add(bucket);
        throw since.length > 0 ? retryable(error) : error;
      }
    },
    { attempts: ATTEMPTS, signal: call.signal, delay: deps.delay },
  );
  const [made, whole] = [ours(), marked()];
  await markMade(site, made, before, deps, call);
  const found = await site.client.service(String(whole['name']), call.signal);
  if (found && !(isWhole && isAsSent(whole, found))) {
    await put(site, { ...whole, ...keptOf(found) }, deps, call);
    // An update makes what is new as well.
    await markMade(site, made, before, deps, call);
  }
}

/** The tags of those of some buckets that are there. */
async function tagsOf(
  site: Site,
  buckets: readonly string[],
  deps: KindDeps,
  call: CallContext,
): Promise<ReadonlyMap<string, Tags>> {
  const minio = minioOf(site, deps, call);
  const found = await Promise.all(
    buckets.map(async (bucket) => {
      const tags = await minio.tags(bucket);
      return tags ? [[bucket, tags] as const] : [];
    }),
  );
  return new Map(found.flat());
}

/**
 * What came with the service is ours, and says so. What was there keeps what it said: a cluster writes over the tags of
 * a bucket that a new service mounts. An interruption waits until that is done.
 */
async function markMade(
  site: Site,
  made: readonly string[],
  before: ReadonlyMap<string, Tags>,
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const whole = { ...call, signal: new AbortController().signal };
  const minio = minioOf(site, deps, whole);
  for (const bucket of (await tagsOf(site, made, deps, whole)).keys()) await mark(site, bucket, deps, whole);
  for (const [bucket, tags] of before) {
    const now = (await minio.tags(bucket)) ?? tags;
    const isLost = Object.keys(tags).some((name) => now[name] !== tags[name]);
    if (isLost) await minio.setTags(bucket, tags);
  }
}

function withAnnotation(service: Props, name: string, value: string): Props {
  const annotations = service['annotations'] as Props | undefined;
  return value === '' ? service : { ...service, annotations: { ...annotations, [name]: value } };
}

/** Sends the POST. False where the cluster has secrets of that name, and so took it without. */
async function create(site: Site, service: Props, call: CallContext): Promise<boolean> {
  try {
    await post(site, service, call);
    return true;
  } catch (error) {
    const isLeft = error instanceof OscarError && error.status === 409 && /secret/i.test(error.said ?? '');
    if (!isLeft) throw error;
    // Before 4.1.0 it says so and goes on.
    const made = await site.client.service(String(service['name']), call.signal);
    if (!made) await post(site, secretless(service), call);
    return false;
  }
}

async function post(site: Site, service: Props, { signal, progress }: CallContext): Promise<void> {
  const slow = service['image_prefetch'] === true;
  if (slow) progress('waiting for all nodes of the cluster to pull the image');
  try {
    await site.client.create(revealed(service), { slow, signal });
  } catch (error) {
    if (!(error instanceof OscarError) || error.status !== 500) throw error;
    const made = await site.client.service(String(service['name']), signal);
    if (made && isAsSent(service, made)) return;
    throw made ? error : orAgain(error);
  }
}

/** Whether a cluster makes no service since a bucket of it is there. Rule: OSCAR, `createBuckets`. */
function isOfBucket(error: unknown): error is OscarError {
  return error instanceof OscarError && /\bbucket\b.* already exists/i.test(error.said ?? '');
}

/**
 * Sends a PUT. An answer that tells of a failure may come after all is done: what the service shows decides.
 * Rule: OSCAR, `MakeUpdateHandler`, where policies of MinIO fail without stopping anything.
 */
export async function put(site: Site, service: Props, deps: KindDeps, call: CallContext): Promise<void> {
  const { signal, progress } = call;
  const slow = service['image_prefetch'] === true;
  if (slow) progress('waiting for all nodes of the cluster to pull the image');
  const body = survivable(site, service);
  const shown = losesScript(body, site) ? { ...body, script: '' } : body;
  const warning = await withRetry(
    async () => {
      try {
        return await site.client.update(revealed(body), { slow, signal });
      } catch (error) {
        if (!(error instanceof OscarError) || error.status !== 500) throw error;
        const now = await site.client.service(String(service['name']), signal);
        if (now && isAsSent(shown, now)) return undefined;
        throw orAgain(error);
      }
    },
    { attempts: ATTEMPTS, signal, delay: deps.delay },
  );
  if (warning) progress(warning);
}

/** The administrator has no user id, of which an update takes ten characters where it reads `USER` in capitals. */
function survivable({ owner }: Site, service: Props): Props {
  const isIsolated = String(service['isolation_level'] ?? '').toUpperCase() === 'USER';
  return isIsolated && owner === ADMINISTRATOR ? { ...service, isolation_level: 'user' } : service;
}

/**
 * What an update must repeat: an administrator's would forget the owner, buckets that are not listed are deleted, and a
 * volume that the service made itself cannot change, not even into the same one by its name.
 */
export function keptOf(found: ServiceAnswer): Props {
  const { owner, volume } = found as Props;
  const buckets = [...new Set(privateBuckets(found))];
  return {
    ...(owner && { owner }),
    ...(buckets.length > 0 && { bucket_list: buckets }),
    ...(isBranch(volume) && volume['size'] && { volume }),
  };
}

/** The service with what was written on it, and what says that somebody else than its owner took it over. */
export function takenOver({ owner }: Site, service: Props, found: ServiceAnswer): Props {
  const written = found['annotations'] as Readonly<Record<string, string>> | undefined;
  const whole = withAnnotation(service, BUCKETS_ANNOTATION, written?.[BUCKETS_ANNOTATION] ?? '');
  const isTheirs = found.owner !== undefined && found.owner !== '' && found.owner !== owner;
  return withAnnotation(whole, OWNER_ANNOTATION, isTheirs ? owner : '');
}

/** Without a way to its MinIO, only the cluster can make buckets and watch them, which it does for new ones. */
export async function makeAlone(
  site: Site,
  service: Props,
  deps: KindDeps,
  call: CallContext,
): Promise<void> {
  const name = String(service['name']);
  try {
    await create(site, postable(service, new Set(), site), call);
  } catch (error) {
    if (!(error instanceof OscarError) || !/already exists/.test(error.said ?? '')) throw error;
    const watched = postable({ ...service, output: [] }, new Set(), site)['input'] as readonly unknown[];
    if (watched?.length > 0) throw closed(site, service, error);
    await create(site, detached(service), call);
  }
  const made = await site.client.service(name, call.signal);
  if (made && !isAsSent(service, made)) await put(site, { ...service, ...keptOf(made) }, deps, call);
}

function closed(site: Site, service: Props, cause: OscarError): FdlError {
  const message = `the service ${service['name']} needs a bucket that is there already, and cluster ${site.id} watches only new ones: ${cause.said}`;
  const hint = `Run this where ${site.minioEndpoint}, its MinIO, can be reached; or give the service a bucket of its own.`;
  return new FdlError('minio-closed', message, { hint, cause });
}

function unmakeable(site: Site, service: Props): FdlError {
  const message = `the service ${service['name']} is exposed and uses a bucket that is there already: cluster ${site.id} (OSCAR ${site.release}) would lose its script`;
  const hint = `Give it buckets of its own that are not there yet, mount the bucket instead, or use the image's own command: "expose.default_command: true".`;
  return new FdlError('script-lost', message, { hint });
}

/** Whether a webhook must be told of a new token: before 4.0 every update makes one. */
export function forgetsToken({ release }: Site): boolean {
  return !isSince(release, '4.0.0');
}
