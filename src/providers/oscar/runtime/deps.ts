/** What looking at clusters takes. */

import type { Delay } from '../../../retry.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Missed } from '../../provider.ts';
import type { ServiceAnswer } from '../api/answers.ts';
import { OscarError } from '../api/error.ts';
import type { OscarClient } from '../api/interface.ts';
import type { OscarStep } from '../dialect/step.ts';
import { oscarSteps } from '../step.ts';

/** A cluster that can be talked to; nothing is contacted before the first call. */
export interface OpenCluster {
  /** URL with its scheme, without a slash at its end. */
  readonly endpoint: string;
  /** False takes any certificate of it. */
  readonly verifyTls: boolean;
  /** Its administrator, who sees the jobs of everybody. */
  readonly isAdmin: boolean;
  readonly client: OscarClient;
}

/** Whose service it is. */
export interface ServiceOwner {
  readonly workflow: string;
  /** Id of the step. */
  readonly step: string;
}

export interface OscarRuntimeDeps {
  /**
   * Opens a cluster that a workflow names, once.
   * @throws FdlError `cluster-unknown`, `cluster-login-missing`, `cluster-invalid`
   */
  readonly open: (workflow: Workflow, cluster: string) => Promise<OpenCluster>;
  /** The clusters that are configured here, whatever file names them. */
  readonly known: () => Promise<readonly OpenCluster[]>;
  /** Which step made a service; nothing for those of others. */
  readonly ownerOf: (service: ServiceAnswer) => ServiceOwner | undefined;
  /** Ends what is followed, and every call. */
  readonly signal: AbortSignal;
  /** How to wait between two looks; by the clock by default. */
  readonly delay?: Delay | undefined;
}

/** A step and the cluster that it is on. */
export interface Located extends OpenCluster {
  readonly workflow: Workflow;
  readonly step: OscarStep;
}

/** Runs a look at one of several clusters: where it does not answer and somebody wants to know, `otherwise` counts. */
export async function unlessMissed<T>(
  missed: Missed | undefined,
  otherwise: T,
  look: () => Promise<T>,
): Promise<T> {
  try {
    return await look();
  } catch (thrown) {
    if (!missed || !(thrown instanceof OscarError && thrown.code === 'oscar-unreachable')) throw thrown;
    missed(thrown);
    return otherwise;
  }
}

/** The same with their clusters. */
export async function locate(
  workflow: Workflow,
  id: string | undefined,
  { open }: Pick<OscarRuntimeDeps, 'open'>,
): Promise<readonly Located[]> {
  const found = oscarSteps(workflow, id).map(async (step) => {
    return { ...(await open(workflow, step.cluster)), workflow, step };
  });
  return Promise.all(found);
}
