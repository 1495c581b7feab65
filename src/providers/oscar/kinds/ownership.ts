/** Whose services and buckets are: a workflow's, as somebody deploys it. Two users may call a workflow the same. */
import type { CallContext, Props } from '../../../deploy/resource.ts';
import { BUCKETS_ANNOTATION, OWNER_ANNOTATION, ownerOf, WORKFLOW_ANNOTATION } from '../annotations.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import { OscarError } from '../api/error.ts';
import type { KindDeps, Site } from './deps.ts';

/** Whether this workflow made a service, deployed as this user. An owner that was forgotten says nothing. */
export function isOwnedBy(
  service: Props | ServiceAnswer,
  { workflow }: Pick<KindDeps, 'workflow'>,
  { owner }: Pick<Site, 'owner'>,
): boolean {
  const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, unknown>>;
  const whose = annotations[OWNER_ANNOTATION] || service['owner'] || owner;
  return annotations[WORKFLOW_ANNOTATION] === workflow && whose === owner;
}

/** Whose a service is that is not this workflow's, for people. */
export function ownerText(service: ServiceAnswer): string | undefined {
  const { workflow } = ownerOf(service) ?? {};
  const parts = [service.owner && `of the user ${service.owner}`, workflow && `workflow ${workflow}`];
  return parts.filter(Boolean).join(', ') || undefined;
}

/** Whether a cluster keeps a service from who asks: it is somebody else's. */
export function isDenied(error: unknown): boolean {
  return error instanceof OscarError && error.status === 403;
}

/** Names of the services that the file has on a cluster. */
export function namedServices({ known }: KindDeps, cluster: string): ReadonlySet<string> {
  const own = known.filter(({ kind, props }) => kind === 'oscar/service' && props['cluster'] === cluster);
  return new Set(own.map(({ props }) => String(props['name'])));
}

/** Whether a name is free for this workflow: its own service has it, or none. */
export async function isFree(site: Site, name: string, deps: KindDeps, call: CallContext): Promise<boolean> {
  try {
    const found = await site.service(name, call);
    return found === undefined || isOwnedBy(found, deps, site);
  } catch (error) {
    if (isDenied(error)) return false;
    throw error;
  }
}

/** Whether a service of this workflow says that a bucket came with it. */
export function cameWith(service: ServiceAnswer, bucket: string): boolean {
  const annotations = (service['annotations'] ?? {}) as Readonly<Record<string, unknown>>;
  return String(annotations[BUCKETS_ANNOTATION] ?? '')
    .split(',')
    .includes(bucket);
}

interface Seen {
  readonly services: readonly ServiceAnswer[];
  /** Why a service that the file names could not be read, by its name. */
  readonly errors: ReadonlyMap<string, unknown>;
}

/**
 * What a login sees of the services of a cluster. One that an older release wrote may keep the whole list from being
 * read (OSCAR, `ListServices`): then those that the file names are asked for one by one.
 */
export async function seenServices(site: Site, deps: KindDeps, call: CallContext): Promise<Seen> {
  try {
    return { services: await site.services(call), errors: new Map() };
  } catch (error) {
    if (!(error instanceof OscarError && error.status === 500)) throw error;
    const asked = await Promise.all(
      [...namedServices(deps, site.id)].map(async (name) => {
        const read = site.service(name, call);
        return read.then(
          (found) => ({ name, found }),
          (thrown: unknown) => ({ name, thrown }),
        );
      }),
    );
    return {
      services: asked.flatMap((each) => ('found' in each && each.found ? [each.found] : [])),
      errors: new Map(asked.flatMap((each) => ('thrown' in each ? [[each.name, each.thrown]] : []))),
    };
  }
}
