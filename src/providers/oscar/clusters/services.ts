/** The services of a cluster, whoever made them, and the jobs that they have. */
import { FdlError } from '../../../errors.ts';
import { ownerOf } from '../annotations.ts';
import { exposedUrl, type JobAnswer, type ServiceAnswer } from '../api/answers.ts';
import type { Lifecycle, OscarClient } from '../api/calls.ts';
import { OscarError } from '../api/error.ts';

export interface Service {
  readonly name: string;
  /** Id of the user whose it is; absent where the cluster does not tell. */
  readonly owner: string | undefined;
  readonly image: string | undefined;
  /** The workflow and the step that it was made for; absent where something else made it. */
  readonly workflow: string | undefined;
  readonly step: string | undefined;
  /** Where it answers, if it is exposed. */
  readonly url: string | undefined;
}

/** How the pods of an exposed service are. */
export interface ServiceState {
  /** `ready` or `stopped` where nothing is amiss. */
  readonly state: string;
  readonly reason: string | undefined;
}

export interface Services {
  /** All that one sees, by their names. */
  list(): Promise<readonly Service[]>;
  /** Stops, starts or restarts an exposed service. Since OSCAR 4.1.0. @throws FdlError `service-unknown`, `service-jobs` */
  bring(name: string, action: Lifecycle): Promise<ServiceState>;
  /** The jobs of a service that `selection` means. @throws FdlError `service-unknown`, `job-unknown` */
  jobs(name: string, selection: JobSelection): Promise<readonly string[]>;
  /** Removes these jobs with their logs; those that run are ended. */
  removeJobs(name: string, jobs: readonly string[]): Promise<void>;
}

/** Jobs by their names, those that have succeeded or all. */
export type JobSelection = readonly string[] | 'succeeded' | 'all';

export function openServices(client: OscarClient, endpoint: string, signal: AbortSignal): Services {
  const required = (name: string) => requireService(client, name, signal);
  return {
    list: async () => {
      const services = await client.services(signal);
      return services
        .map((service) => serviceOf(service, endpoint))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    bring: async (name, action) => {
      await required(name);
      const what = `way to ${action} services`;
      return since('4.1.0', what, client.cluster, async () => {
        const { state, reason } = await client.bring(name, action, signal).catch((cause: unknown) => {
          throw notExposed(name, cause) ?? cause;
        });
        return { state, reason: reason || undefined };
      });
    },
    jobs: async (name, selection) => {
      await required(name);
      const found: JobAnswer[] = [];
      for await (const job of client.jobs(name, signal)) found.push(job);
      if (selection === 'all') return found.map((job) => job.name);
      if (selection === 'succeeded')
        return found.filter(({ status }) => status === 'Succeeded').map((job) => job.name);
      const missing = selection.find((wanted) => !found.some((job) => job.name === wanted));
      if (missing === undefined) return selection;
      const hint = 'fdl status FILE lists the jobs of a workflow.';
      throw new FdlError('job-unknown', `the service ${name} has no job "${missing}"`, { hint });
    },
    removeJobs: async (name, jobs) => {
      for (const job of jobs) await client.removeJob(name, job, signal);
    },
  };
}

/** @throws FdlError `service-unknown` */
export async function requireService(
  client: OscarClient,
  name: string,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  const found = await client.service(name, signal);
  if (found) return found;
  const hint = `fdl service ls --cluster ${client.cluster} lists those that you see.`;
  throw new FdlError('service-unknown', `cluster ${client.cluster} has no service "${name}"`, { hint });
}

/** Says since when there is what an older release does not know. */
export async function since<T>(
  release: string,
  what: string,
  cluster: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof OscarError && cause.code === 'oscar-unsupported')) throw cause;
    const message = `cluster ${cluster} has no ${what}, which OSCAR has since ${release}`;
    const hint = `fdl cluster info ${cluster} shows its release.`;
    throw new FdlError('oscar-unsupported', message, { hint, cause });
  }
}

function notExposed(name: string, cause: unknown): FdlError | undefined {
  if (!(cause instanceof OscarError && /is not exposed/.test(cause.said ?? ''))) return undefined;
  const hint = `fdl service clear ${name} --all ends jobs that run.`;
  const message = `service ${name} is not exposed: it runs when files arrive or calls come, and has nothing to stop or start`;
  return new FdlError('service-jobs', message, { hint, cause });
}

function serviceOf(answer: ServiceAnswer, endpoint: string): Service {
  const { name, owner } = answer;
  const image = answer['image'];
  const made = ownerOf(answer);
  return {
    name,
    owner: owner || undefined,
    image: typeof image === 'string' && image !== '' ? image : undefined,
    workflow: made?.workflow,
    step: made?.step,
    url: exposedUrl(answer, endpoint),
  };
}
