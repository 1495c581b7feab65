/** Where the jobs of a step are submitted to. */
import type { BatchTarget } from '../../supervisor/config.ts';
import type { Account } from './api/account.ts';
import type { AwsStep } from './dialect/step.ts';
import type { Machines } from './machines.ts';
import { deploymentBucketName } from './names.ts';
import type { Site } from './site.ts';

/** Names alone: they stay as they are when a definition gets another revision, or a queue other machines. */
export function batchTarget(
  { name }: AwsStep,
  { account, site }: Pick<Account, 'account'> & { readonly site: Site },
  { queue }: Pick<Machines, 'queue'>,
): BatchTarget {
  return { jobQueue: queue, jobDefinition: name, bucket: deploymentBucketName(account, site.region) };
}
