/** A stand-in of AWS with what compute environments of Batch need. */
import * as batch from '@aws-sdk/client-batch';
import * as ec2 from '@aws-sdk/client-ec2';
import * as iam from '@aws-sdk/client-iam';
import { type AwsOptions, startAws } from '../standins/aws/index.ts';
import { clientsOf, makeRole } from './aws-lab.ts';
import { until } from './until.ts';

export const BATCH_DELAYS = { batch: 60, role: 250 };

/** A stand-in with an instance profile and a network. */
export async function openBatchLab(options: AwsOptions = {}) {
  const aws = await startAws({ delays: BATCH_DELAYS, ...options });
  const clients = clientsOf(aws);
  const { batch: client } = clients;
  const subnet = (await clients.ec2.send(new ec2.DescribeSubnetsCommand({}))).Subnets?.[0]?.SubnetId ?? '';
  const group =
    (await clients.ec2.send(new ec2.DescribeSecurityGroupsCommand({}))).SecurityGroups?.[0]?.GroupId ?? '';
  const resources: batch.ComputeResource = {
    ...{ type: 'EC2', allocationStrategy: 'BEST_FIT_PROGRESSIVE', minvCpus: 0, maxvCpus: 4 },
    ...{ instanceTypes: ['optimal'], instanceRole: 'instance', subnets: [subnet], securityGroupIds: [group] },
  };
  await makeRole(clients, { name: 'instance', service: 'ec2.amazonaws.com' });
  const profile = { InstanceProfileName: 'instance' };
  await clients.iam.send(new iam.CreateInstanceProfileCommand(profile));
  await clients.iam.send(new iam.AddRoleToInstanceProfileCommand({ ...profile, RoleName: 'instance' }));
  aws.passTime(BATCH_DELAYS.role);
  const environment = async (name: string) => {
    const find = new batch.DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] });
    return (await client.send(find)).computeEnvironments?.[0];
  };
  const queue = async (name: string) =>
    (await client.send(new batch.DescribeJobQueuesCommand({ jobQueues: [name] }))).jobQueues?.[0];
  const create = (computeEnvironmentName: string, changes: Partial<batch.ComputeResource> = {}, more = {}) =>
    client.send(
      new batch.CreateComputeEnvironmentCommand({
        ...{ computeEnvironmentName, type: 'MANAGED', computeResources: { ...resources, ...changes } },
        ...more,
      }),
    );
  const createQueue = (jobQueueName: string, computeEnvironment: string) =>
    client.send(
      new batch.CreateJobQueueCommand({
        jobQueueName,
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment }],
      }),
    );
  const settled = async (name: string) => {
    await until(`${name} is settled`, async () =>
      /^(VALID|INVALID)$/.test((await environment(name))?.status ?? ''),
    );
    return environment(name);
  };
  return { aws, clients, environment, queue, create, createQueue, settled, resources };
}

export type BatchLab = Awaited<ReturnType<typeof openBatchLab>>;
