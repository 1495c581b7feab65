/**
 * Network interfaces of a function in a VPC. AWS Lambda removes them with the role of the function, some time after the
 * function is gone. Without the role they stay for good, and nobody can delete their security groups and subnets.
 * Rules: Lambda's developer guide, "Understanding Hyperplane Elastic Network Interfaces (ENIs)";
 * https://github.com/awslabs/aws-support-tools/pull/174 (up to 20 minutes; with the role).
 */
import type { CallContext } from '../../../../deploy/resource.ts';
import { FdlError, messageOf } from '../../../../errors.ts';
import { TAG } from '../../api/tags.ts';
import { TIMEOUT, waitUntil } from '../../api/wait.ts';
import type { AwsDeps } from '../deps.ts';
import { isForNetworks, type RoleAttrs } from './properties.ts';

/** Milliseconds. */
const REMOVAL_TIMEOUT = 20 * 60_000;

/**
 * Waits until AWS Lambda has removed what a role's function had in a VPC, for up to 20 minutes. Answers how many interfaces
 * are left then. Whoever may not look at them does not wait, and is told so.
 */
export async function interfacesLeft(deps: AwsDeps, role: RoleAttrs, call: CallContext): Promise<number> {
  if (!role.managedPolicies.some(isForNetworks)) return 0;
  const name = functionOf(role);
  const what = `AWS Lambda to remove the network interfaces of ${name}, for which it needs the role; that may take 20 minutes`;
  let left = 0;
  const probe = async () => {
    left = await countInterfaces(deps, role, name, call);
    return left === 0 ? true : undefined;
  };
  try {
    await waitUntil({ call, delay: deps.delay, timeoutMs: REMOVAL_TIMEOUT, what }, probe);
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof FdlError)) throw thrown;
    if (thrown.code === TIMEOUT) return left;
    if (thrown.code !== 'aws-denied') throw thrown;
    call.progress(`nobody waits for the network interfaces of ${name} to go: ${messageOf(thrown)}`);
    return 0;
  }
}

/** The name of the function that a role is for. */
function functionOf({ tags, name }: RoleAttrs): string {
  return tags[TAG.step]?.split('/').at(-1) ?? name;
}

async function countInterfaces(
  { clients }: AwsDeps,
  { site }: RoleAttrs,
  name: string,
  { signal }: CallContext,
): Promise<number> {
  const { sdk, client } = await clients('ec2', site);
  const start = `AWS Lambda VPC ENI-${name}-`;
  const Filters = [{ Name: 'description', Values: [`${start}*`] }];
  let count = 0;
  let NextToken: string | undefined;
  do {
    const command = new sdk.DescribeNetworkInterfacesCommand({ Filters, ...(NextToken && { NextToken }) });
    const page = await client.send(command, { abortSignal: signal });
    // Functions whose names begin with this one have others.
    const own = (page.NetworkInterfaces ?? []).filter(({ Description = '' }) =>
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(Description.slice(start.length)),
    );
    count += own.length;
    NextToken = page.NextToken;
  } while (NextToken);
  return count;
}
