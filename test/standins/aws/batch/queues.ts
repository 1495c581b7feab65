/** Job queues. Rules: CreateJobQueue, DeleteJobQueue and JobStateTimeLimitAction in Batch's API reference. */
import { type ApiRequest, json, type Params, type Rules } from '../core/api.ts';
import { type EnvironmentShelf, environmentsOf, isFargate } from './environments.ts';
import { change, client, needSettled, newThing, page, statusOf, type Thing } from './things.ts';

export interface QueueParts extends EnvironmentShelf {
  /** Ends all jobs of a queue that is deleted. */
  readonly endJobs: (queueArn: string) => void;
}

export function queueRules(parts: QueueParts): Rules {
  const { queues, world } = parts;
  const { batch } = world.settings.delays;
  return {
    'batch:CreateJobQueue': async ({ region, params }) => {
      const given = checked(parts, region, params);
      const thing = newThing(queues, region, params['jobQueueName'], given, batch);
      queues.add(thing);
      world.tags.set(thing.arn, params['tags'] ?? {});
      return json({ jobQueueName: thing.name, jobQueueArn: thing.arn });
    },
    'batch:UpdateJobQueue': async ({ region, params }) => {
      const thing = queues.need(region, params['jobQueue']);
      needSettled(thing, 'update');
      const { jobQueue: _, ...rest } = params;
      thing.given = checked(parts, region, { ...thing.given, ...rest });
      thing.state = params['state'] ?? thing.state;
      change(thing, 'UPDATING', batch);
      return json({ jobQueueName: thing.name, jobQueueArn: thing.arn });
    },
    'batch:DeleteJobQueue': (request) => remove(parts, request),
    'batch:DescribeJobQueues': async ({ region, params }) => {
      const wanted: readonly string[] | undefined = params['jobQueues'];
      const found = wanted ? wanted.flatMap((each) => queues.find(region, each) ?? []) : queues.all(region);
      return json(
        page(
          'jobQueues',
          found.map((each) => described(parts, each)),
          params,
        ),
      );
    },
  };
}

/** Settings with the environments by ARN. @throws AwsFault */
function checked({ environments }: QueueParts, region: string, given: Params): Params {
  const { priority, computeEnvironmentOrder = [], jobStateTimeLimitActions = [] } = given;
  if (!Number.isInteger(priority) || priority < 0) throw client('priority must be a number of 0 or more');
  if (computeEnvironmentOrder.length < 1 || computeEnvironmentOrder.length > 3) {
    throw client('A queue has 1 to 3 compute environments');
  }
  for (const { reason, state, maxTimeSeconds, action } of jobStateTimeLimitActions) {
    const legal = reason && state === 'RUNNABLE' && maxTimeSeconds >= 600 && maxTimeSeconds <= 86_400;
    if (!legal || !['CANCEL', 'TERMINATE'].includes(action))
      throw client('jobStateTimeLimitActions is not valid');
  }
  const order = computeEnvironmentOrder.map(({ order: position, computeEnvironment }: Params) => {
    const environment = environments.need(region, computeEnvironment);
    if (statusOf(environment) === 'VALID' || statusOf(environment) === 'UPDATING') {
      return { order: position, computeEnvironment: environment.arn };
    }
    throw client(
      `${environment.arn} is not a valid compute environment: its status is ${statusOf(environment)}`,
    );
  });
  // Rule: `computeEnvironmentOrder` and `jobQueueType` of CreateJobQueue: no queue has both platforms, or changes its own.
  const types = order.map(({ computeEnvironment }: Params) =>
    isFargate(environments.need(region, computeEnvironment).given['computeResources'])
      ? 'ECS_FARGATE'
      : 'ECS',
  );
  const jobQueueType = given['jobQueueType'] ?? types[0];
  if (types.some((type: string) => type !== jobQueueType)) {
    throw client('All compute environments of a job queue must be either EC2 or FARGATE');
  }
  return { ...given, computeEnvironmentOrder: order, jobQueueType };
}

async function remove({ queues, world, endJobs }: QueueParts, { region, params }: ApiRequest) {
  const thing = queues.need(region, params['jobQueue']);
  needSettled(thing, 'delete');
  if (thing.state !== 'DISABLED') throw client('Cannot delete, state must be DISABLED');
  endJobs(thing.arn);
  change(thing, 'DELETING', world.settings.delays.batch, 'DELETED');
  world.tags.forget(thing.arn);
  return json({});
}

function described({ world }: QueueParts, thing: Thing): Params {
  const { priority, computeEnvironmentOrder, jobStateTimeLimitActions = [], jobQueueType } = thing.given;
  return {
    ...{ jobQueueName: thing.name, jobQueueArn: thing.arn, state: thing.state, status: statusOf(thing) },
    ...{ priority, computeEnvironmentOrder, jobStateTimeLimitActions, jobQueueType },
    ...(statusOf(thing) === 'VALID' && { statusReason: 'JobQueue Healthy' }),
    tags: world.tags.get(thing.arn),
  };
}

/** Whether an environment of the queue could run a job now. */
export function canRun({ environments }: QueueParts, queue: Thing): boolean {
  return environmentsOf(queue.given).some((arn) => {
    const environment = environments.find(queue.region, arn);
    return environment?.state === 'ENABLED' && statusOf(environment) === 'VALID';
  });
}

/** vCPUs that all environments of a queue may have. */
export function capacityOf({ environments }: QueueParts, queue: Thing): number {
  const sizes = environmentsOf(queue.given).map(
    (arn) => environments.find(queue.region, arn)?.given['computeResources']?.maxvCpus ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
