/** AWS Batch, all of it the stand-in's own: moto's is too lenient to be of use. */
import type { ServerResponse } from 'node:http';
import { json, type Rules } from '../core/api.ts';
import type { Door } from '../core/front.ts';
import type { World } from '../core/world.ts';
import type { Roles } from '../iam/roles.ts';
import type { Puller } from '../run/puller.ts';
import { startJob } from './container.ts';
import { openDefinitions } from './definitions.ts';
import { type EnvironmentShelf, environmentRules } from './environments.ts';
import { jobRules } from './job-rules.ts';
import { canRun, capacityOf, type QueueParts, queueRules } from './queues.ts';
import { openScheduler } from './scheduler.ts';
import { openShelf } from './things.ts';

export interface BatchParts {
  readonly world: World;
  readonly roles: Roles;
  readonly puller: Puller;
}

export interface BatchControls {
  /** The next environment that is made or changed becomes `INVALID`, for this reason; called twice, the next two times. */
  failNextEnvironment(reason: string): void;
  /** Keeps jobs in `RUNNABLE`, with a reason, until it is called without one. */
  holdJobs(reason?: string): void;
}

export interface Batch {
  readonly rules: readonly Rules[];
  readonly controls: BatchControls;
  readonly door: Door;
}

export function openBatch({ world, roles, puller }: BatchParts): Batch {
  const failures: string[] = [];
  const takeFailure = () => failures.shift();
  const shelf: EnvironmentShelf = {
    ...{ world, roles, takeFailure },
    environments: openShelf('compute-environment', world.clock),
    queues: openShelf('job-queue', world.clock),
  };
  const definitions = openDefinitions(world);
  const { podman } = world.settings;
  const scheduler = openScheduler({
    world,
    canRun: (queue) => canRun(parts, queue),
    capacityOf: (queue) => capacityOf(parts, queue),
    ...(podman && {
      start: (job, attempt) => startJob({ world, podman, roles, puller }, job, attempt),
    }),
  });
  const endJobs = (arn: string) => {
    for (const job of scheduler.all())
      if (job.queue.arn === arn) scheduler.terminate(job, 'Job queue was deleted');
  };
  const parts: QueueParts = { ...shelf, endJobs };
  const jobs = { queues: shelf.queues, definitions, scheduler };
  return {
    rules: [environmentRules(shelf), queueRules(parts), definitions.rules, jobRules(jobs), tagRules(world)],
    controls: {
      failNextEnvironment: (reason) => void failures.push(reason),
      holdJobs: scheduler.hold,
    },
    door: credentialDoor(roles),
  };
}

function tagRules({ tags }: World): Rules {
  return {
    'batch:TagResource': async ({ params }) => {
      tags.add(params['ResourceArn'], params['tags']);
      return json({});
    },
    'batch:UntagResource': async ({ params, query }) => {
      tags.remove(params['ResourceArn'], query.getAll('tagKeys'));
      return json({});
    },
    'batch:ListTagsForResource': async ({ params }) => json({ tags: tags.get(params['ResourceArn']) }),
  };
}

const HOUR = 3_600_000;

/** Where containers get the credentials of their role, as from the agent of ECS. */
function credentialDoor(roles: Roles): Door {
  return (request, response) => {
    const [, key] = /^\/_credentials\/(\w+)$/.exec(request.url ?? '') ?? [];
    return key === undefined ? undefined : answer(roles, key, response);
  };
}

async function answer(roles: Roles, key: string, response: ServerResponse): Promise<void> {
  const role = roles.ofKey(key);
  if (role === undefined) {
    response.writeHead(404).end();
    return;
  }
  const { accessKeyId, secretAccessKey, sessionToken } = roles.keys(role);
  const Expiration = new Date(Date.now() + HOUR).toISOString();
  const body = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    Token: sessionToken,
    Expiration,
    RoleArn: role,
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
