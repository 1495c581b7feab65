/** How many things of AWS Batch an account still has room for. */
import { messageOf } from '../../errors.ts';
import { type Finding, good, open } from '../check.ts';
import type { Clients } from './api/clients.ts';
import type { Site } from './site.ts';

/** Rule: "AWS Batch quotas" in its user guide, unless an account has asked for more. */
const MOST = 50;

/** Counts what is there, the workflow's own included; nobody needs to know it to deploy. */
export async function batchRoom(
  clients: Clients,
  site: Site,
  abortSignal: AbortSignal,
): Promise<readonly Finding[]> {
  try {
    const { sdk, client } = await clients('batch', site);
    const [{ computeEnvironments = [] }, { jobQueues = [] }] = await Promise.all([
      client.send(new sdk.DescribeComputeEnvironmentsCommand({}), { abortSignal }),
      client.send(new sdk.DescribeJobQueuesCommand({}), { abortSignal }),
    ]);
    const [environments, queues] = [computeEnvironments.length, jobQueues.length];
    const says = `${site.region} has ${environments} compute environments and ${queues} job queues, of usually ${MOST} each`;
    const hint = 'Unless the workflow is deployed already, remove some: AWS Batch has no room for more.';
    return [Math.max(environments, queues) < MOST ? good(says) : open(says, hint)];
  } catch (thrown) {
    abortSignal.throwIfAborted();
    return [open(`what AWS Batch has room for in ${site.region} is not known: ${messageOf(thrown)}`)];
  }
}
