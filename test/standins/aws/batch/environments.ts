/**
 * Compute environments. Rules: CreateComputeEnvironment, UpdateComputeEnvironment and DeleteComputeEnvironment in
 * Batch's API reference.
 */
import { randomUUID } from 'node:crypto';
import { type ApiRequest, json, type Params, type Rules } from '../core/api.ts';
import { ACCOUNT } from '../core/world.ts';
import { checkResources, type EnvironmentParts, problemOf } from './environment-checks.ts';
import { change, client, needSettled, newThing, page, type Shelf, statusOf, type Thing } from './things.ts';

export interface EnvironmentShelf extends EnvironmentParts {
  readonly environments: Shelf<Thing>;
  readonly queues: Shelf<Thing>;
  /** Takes the reason why the next environment is to become invalid. */
  readonly takeFailure: () => string | undefined;
}

const SERVICE_ROLE = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch`;

export function environmentRules(parts: EnvironmentShelf): Rules {
  const { environments } = parts;
  return {
    'batch:CreateComputeEnvironment': (request) => create(parts, request),
    'batch:UpdateComputeEnvironment': (request) => update(parts, request),
    'batch:DeleteComputeEnvironment': (request) => remove(parts, request),
    'batch:DescribeComputeEnvironments': async ({ region, params }) => {
      const wanted: readonly string[] | undefined = params['computeEnvironments'];
      const found = wanted
        ? wanted.flatMap((each) => environments.find(region, each) ?? [])
        : environments.all(region);
      return json(
        page(
          'computeEnvironments',
          found.map((each) => described(parts, each)),
          params,
        ),
      );
    },
  };
}

async function create(parts: EnvironmentShelf, { region, params }: ApiRequest) {
  const { environments, world } = parts;
  const { computeEnvironmentName: name, type, tags = {}, computeResources } = params;
  if (type !== 'MANAGED' && type !== 'UNMANAGED') throw client(`type ${type} is not valid`);
  if (type === 'MANAGED') checkResources(computeResources);
  // Rule: `state` of CreateComputeEnvironment in Batch's API.
  if ((params['state'] ?? 'ENABLED') !== 'ENABLED')
    throw client('A compute environment must be created in the ENABLED state');
  const thing = newThing(
    environments,
    region,
    name,
    { uuid: randomUUID(), ...params },
    world.settings.delays.batch,
  );
  environments.add(thing);
  world.tags.set(thing.arn, tags);
  await settle(parts, thing, 'CREATING');
  return json({ computeEnvironmentName: name, computeEnvironmentArn: thing.arn });
}

/** Lets an environment change, into one that works or into one that says why it does not. */
async function settle(
  parts: EnvironmentShelf,
  thing: Thing,
  passing: 'CREATING' | 'UPDATING',
): Promise<void> {
  const reason = parts.takeFailure() ?? (await problemOf(parts, thing.region, thing.given));
  const { batch } = parts.world.settings.delays;
  if (reason === undefined) change(thing, passing, batch, 'VALID', 'ComputeEnvironment Healthy');
  else change(thing, passing, batch, 'INVALID', reason);
}

/** What can be changed in a BEST_FIT environment. */
const SCALING = new Set(['minvCpus', 'maxvCpus', 'desiredvCpus']);

async function update(parts: EnvironmentShelf, { region, params }: ApiRequest) {
  const thing = parts.environments.need(region, params['computeEnvironment']);
  needSettled(thing, 'update');
  const { computeEnvironment: _, computeResources = {}, ...rest } = params;
  const before = thing.given['computeResources'] ?? {};
  const infrastructure = Object.keys(computeResources).filter((name) => !SCALING.has(name));
  const bestFit = (before.allocationStrategy ?? 'BEST_FIT') === 'BEST_FIT' && !isFargate(before);
  if (infrastructure.length > 0 && bestFit) {
    throw client(`Cannot update ${infrastructure.join(', ')} with allocation strategy BEST_FIT`);
  }
  const resources = { ...before, ...computeResources };
  // Rule: `computeEnvironmentOrder` of CreateJobQueue: a queue has environments of one platform, and keeps them.
  if (isFargate(resources) !== isFargate(before)) throw client('Cannot change type between EC2 and FARGATE');
  if (
    isFargate(resources) &&
    (params['updatePolicy'] || computeResources.updateToLatestImageVersion !== undefined)
  )
    throw client('updatePolicy and updateToLatestImageVersion are not applicable to FARGATE');
  if (thing.given['type'] === 'MANAGED') checkResources(resources);
  thing.given = { ...thing.given, ...rest, computeResources: resources };
  thing.state = params['state'] ?? thing.state;
  await settle(parts, thing, 'UPDATING');
  return json({ computeEnvironmentName: thing.name, computeEnvironmentArn: thing.arn });
}

async function remove(parts: EnvironmentShelf, { region, params }: ApiRequest) {
  const { environments, queues, world, roles } = parts;
  const thing = environments.need(region, params['computeEnvironment']);
  needSettled(thing, 'delete');
  if (thing.state !== 'DISABLED') throw client('Cannot delete, state must be DISABLED');
  const used = queues.all(region).some(({ given }) => environmentsOf(given).includes(thing.arn));
  if (used) throw client('Cannot delete, found existing JobQueue relationship');
  const { instanceRole } = thing.given['computeResources'] ?? {};
  const orphaned = instanceRole !== undefined && (await roles.profile(instanceRole)) === 'missing';
  if (orphaned)
    change(
      thing,
      'DELETING',
      world.settings.delays.batch,
      'INVALID',
      `CLIENT_ERROR - ${instanceRole} does not exist`,
    );
  else {
    change(thing, 'DELETING', world.settings.delays.batch, 'DELETED');
    world.tags.forget(thing.arn);
  }
  return json({});
}

/** Whether `computeResources` are of AWS Fargate. */
export function isFargate(resources: Params | undefined): boolean {
  return String(resources?.['type']).startsWith('FARGATE');
}

/** ARNs of the environments of a queue, in order. */
export function environmentsOf(queue: Params): readonly string[] {
  return (queue['computeEnvironmentOrder'] ?? []).map((each: Params) => each['computeEnvironment']);
}

function described({ world }: EnvironmentShelf, thing: Thing): Params {
  const { type, uuid, computeResources, serviceRole = SERVICE_ROLE, updatePolicy } = thing.given;
  const fargate = isFargate(computeResources);
  return {
    ...{ computeEnvironmentName: thing.name, computeEnvironmentArn: thing.arn, type, uuid, serviceRole },
    ...{ state: thing.state, status: statusOf(thing), containerOrchestrationType: 'ECS' },
    ...(statusOf(thing) === thing.next && { statusReason: thing.reason }),
    ecsClusterArn: `arn:aws:ecs:${thing.region}:${ACCOUNT}:cluster/AWSBatch-${thing.name}-${uuid}`,
    tags: world.tags.get(thing.arn),
    ...(computeResources && {
      computeResources: {
        ...(!fargate && {
          desiredvCpus: computeResources.minvCpus,
          ec2Configuration: [{ imageType: 'ECS_AL2023' }],
        }),
        ...computeResources,
      },
    }),
    updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: 30, ...updatePolicy },
  };
}
