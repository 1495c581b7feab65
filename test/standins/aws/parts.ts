/** Puts the services together. */
import { type BatchControls, openBatch } from './batch/index.ts';
import { type Rules, settled } from './core/api.ts';
import type { Door } from './core/front.ts';
import type { World } from './core/world.ts';
import { registryDoor } from './ecr/data-plane.ts';
import { ecrRules } from './ecr/ecr-rules.ts';
import { openImages } from './ecr/images.ts';
import { endpointDoor } from './http/endpoints.ts';
import { httpApiRules } from './http/http-api-rules.ts';
import { urlRules } from './http/url-rules.ts';
import { type Deployer, enforcementRules } from './iam/enforcement.ts';
import type { Right } from './iam/right-book.ts';
import { openRoles } from './iam/roles.ts';
import { simulationRules } from './iam/simulation.ts';
import { accessRules } from './lambda/access-rules.ts';
import { enqueue } from './lambda/asynchronous.ts';
import { codeDoor, functionRules } from './lambda/function-rules.ts';
import { openFunctions } from './lambda/functions.ts';
import { interfaceRules } from './lambda/interfaces.ts';
import { invokeRules } from './lambda/invoke-rules.ts';
import { nameRules } from './other/name-rules.ts';
import { ssmRules } from './other/ssm-rules.ts';
import { type Invocation, openInvoker } from './run/invoker.ts';
import { openLaunches } from './run/launches.ts';
import { openBuckets } from './s3/bucket-rules.ts';
import { multipartRules } from './s3/multipart-rules.ts';
import { notificationRules } from './s3/notification-rules.ts';
import { tagRules } from './tagging/tag-rules.ts';
import { taggingRules } from './tagging/tagging-api.ts';

export interface Controls extends BatchControls {
  addForeignBucket(bucket: string): void;
  failNextFunction(reason: string): void;
  setDeliveries(times: number): void;
  readonly deployer: Deployer;
  rightsOfRoles(): readonly Right[];
  invocations(): readonly Invocation[];
}

export interface Parts {
  readonly rules: readonly Rules[];
  readonly doors: readonly Door[];
  readonly controls: Controls;
}

/** All services, over one world. */
export function openParts(world: World): Parts {
  const services = openServices(world);
  const { buckets, functions, invoker, batch, images, running, apis, deliveries } = services;
  const api = endpointDoor({ ...running, apiRegion: (id) => apis.get(id) });
  return {
    rules: rulesOf(world, services),
    doors: [batch.door, codeDoor(functions), registryDoor(world, images), api],
    controls: {
      ...batch.controls,
      addForeignBucket: buckets.addForeign,
      failNextFunction: functions.failNext,
      setDeliveries: (times) => {
        deliveries.times = times;
      },
      deployer: services.deployer,
      rightsOfRoles: services.roles.rightsOfRoles,
      invocations: invoker.invocations,
    },
  };
}

function openServices(world: World) {
  /** Where there are repositories. */
  const regions = new Set(['us-east-1']);
  const functions = openFunctions(world);
  const roles = openRoles(world);
  const images = openImages(world, () => [...regions]);
  const launches = openLaunches(world, images, roles);
  const invoker = openInvoker({ world, functions, roles, launches });
  return {
    ...{ regions, functions, roles, images, invoker },
    buckets: openBuckets(world),
    batch: openBatch({ world, roles, puller: launches.puller }),
    running: { world, functions, roles, invoker },
    /** Regions of HTTP APIs. */
    apis: new Map<string, string>(),
    deliveries: { times: 1 },
    deployer: { statements: [], needs: [] } as Deployer,
  };
}

type Services = ReturnType<typeof openServices>;

/** What is refused comes first, what is learned of successes last. */
function rulesOf(world: World, services: Services): readonly Rules[] {
  const { functions, roles, images, buckets, running, batch, apis, deliveries, deployer } = services;
  const lambda = { world, functions, roles, images };
  return [
    enforcementRules(roles, deployer),
    buckets.rules,
    seenRules(services),
    functionRules(lambda),
    interfaceRules(world, roles),
    accessRules(lambda),
    invokeRules(running),
    urlRules(world, functions),
    notificationRules({
      ...{ world, buckets, functions },
      deliver: (region, name, event) => enqueue(running, functions.need(region, name), event),
      deliveries: () => deliveries.times,
    }),
    multipartRules(),
    httpApiRules(world, (id, region) => apis.set(id, region)),
    nameRules(),
    ecrRules(world, images),
    ssmRules(),
    ...batch.rules,
    taggingRules(world),
    roles.rules,
    simulationRules(deployer),
    tagRules(world),
  ];
}

function seenRules({ functions, invoker, regions }: Services): Rules {
  return {
    'lambda:DeleteFunction': async ({ region, params }, next) => {
      const known = functions.get(region, params['FunctionName']);
      const reply = await settled(await next());
      if (known && reply.status < 300) await invoker.forget(known);
      return reply;
    },
    'ecr:CreateRepository': (request, next) => {
      regions.add(request.region);
      return next();
    },
  };
}
