/** What the kinds of OSCAR need: the clusters of a workflow, and what the file asks for. */
import type { CallContext, Found, Props } from '../../../deploy/resource.ts';
import type { Delay } from '../../../retry.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import type { OscarClient } from '../api/calls.ts';
import type { Minio, MinioOptions } from '../api/minio.ts';

/** A cluster that answered. */
export interface Site {
  readonly id: string;
  /** URL without a slash at its end. */
  readonly endpoint: string;
  /** Such as `4.1.2`. */
  readonly release: string;
  /** MinIO's region, which is part of the names of webhooks. */
  readonly region: string;
  /** URL of its own MinIO. */
  readonly minioEndpoint: string;
  /** Whose the services are that this login makes. */
  readonly owner: string;
  /** It has a serverless backend, beside plain jobs. */
  readonly isServerless: boolean;
  /** Its MinIO cannot be reached from this machine: what concerns buckets is left to the cluster. */
  readonly isClosed: boolean;
  readonly client: OscarClient;
  minio(options: MinioOptions): Minio;
  /** All services that one sees; asked once while a plan is made, as one of them is. */
  services(call: CallContext): Promise<readonly ServiceAnswer[]>;
  /** The service, or nothing where there is none. */
  service(name: string, call: CallContext): Promise<ServiceAnswer | undefined>;
}

/** A resource that the file asks for; references in its properties are not resolved. */
interface KnownResource {
  readonly id: string;
  readonly kind: string;
  readonly step?: string | undefined;
  readonly props: Props;
}

export interface KindDeps {
  readonly workflow: string;
  /** All that the workflow owns is to go. */
  readonly removes: boolean;
  /** Services are removed although jobs of theirs wait or run. */
  readonly force: boolean;
  /** Only these services are removed, whoever made them. */
  readonly services?: readonly string[] | undefined;
  /** Buckets and volumes may be deleted with what is in them. */
  readonly deleteData: boolean;
  /** Throws why a cluster, or a step, cannot be looked at. */
  site(cluster: string): Site;
  /** Throws what stands in the way of a step, if anything does. */
  requireStep(step: string | undefined): void;
  readonly clusters: readonly string[];
  readonly known: readonly KnownResource[];
  /** One writer at a time for what is read, changed and written as a whole. */
  alone<T>(key: string, task: () => Promise<T>): Promise<T>;
  readonly delay?: Delay | undefined;
}

/** `oscar/CLUSTER/KIND/NAME`. */
export function oscarId(cluster: string, kind: string, name: string): string {
  return `oscar/${cluster}/${kind}/${name}`;
}

/** The store of a cluster, for one call. A user is denied what nobody has as well: then the cluster knows. */
export function minioOf(site: Site, { delay }: KindDeps, { signal, planning }: CallContext): Minio {
  const isThere = (bucket: string) => site.client.hasBucket(bucket, signal);
  return site.minio({ signal, planning, delay, isThere });
}

/**
 * Runs what changes something on a cluster: one after the other, since each service that comes or goes restarts MinIO,
 * which cuts what others are at. Rule: OSCAR, `registerMinIOWebhook`.
 */
export function onCluster<T>(deps: KindDeps, cluster: string, task: () => Promise<T>): Promise<T> {
  return deps.alone(`cluster ${cluster}`, task);
}

/** What of one kind the workflow owns, cluster by cluster; one that does not answer stands for all that it may have. */
export async function listBySite<A extends Props>(
  kind: string,
  deps: KindDeps,
  list: (site: Site) => Promise<readonly Found<A>[]>,
): Promise<readonly Found<A>[]> {
  const found = await Promise.all(
    deps.clusters.map(async (cluster) => {
      try {
        return await list(deps.site(cluster));
      } catch (error) {
        return missed<A>(kind, cluster, error, deps);
      }
    }),
  );
  return found.flat();
}

function missed<A extends Props>(kind: string, cluster: string, error: unknown, { known }: KindDeps) {
  const own = known.filter((each) => each.kind === kind && each.props['cluster'] === cluster);
  return own.map(({ id, step }): Found<A> => ({ id, step, attrs: {} as A, error }));
}
