/** What looking at clusters takes. */

import type { Delay } from '../../../retry.ts';
import type { Workflow } from '../../../workflow/model.ts';
import type { Missed } from '../../runtime.ts';
import { OscarError } from '../api/error.ts';
import type { OpenCluster } from '../clusters/open.ts';
import { type OscarStep, oscarSteps } from '../dialect/step.ts';

export interface OscarRuntimeDeps {
  /**
   * Opens a cluster that a workflow names, once.
   * @throws FdlError `cluster-unknown`, `cluster-login-missing`, `cluster-invalid`
   */
  readonly open: (workflow: Workflow, cluster: string) => Promise<OpenCluster>;
  /** The clusters that are configured here, whatever file names them. */
  readonly known: () => Promise<readonly OpenCluster[]>;
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
