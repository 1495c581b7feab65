/**
 * Functions as strict as on AWS: limits, roles, images, and the states on the way. Rules: CreateFunction and
 * UpdateFunctionCode in Lambda's API reference; "Lambda function states" in its developer guide.
 */
import {
  type ApiRequest,
  json,
  mapJson,
  type Next,
  type Params,
  type Reply,
  type Rules,
  settled,
} from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { Door } from '../core/front.ts';
import type { World } from '../core/world.ts';
import type { Images } from '../ecr/images.ts';
import type { Roles } from '../iam/roles.ts';
import { configuration, type Functions, type Known, needNoUpdate, plainName } from './functions.ts';
import { checkNew, checkSettings, parameter } from './limits.ts';

export interface LambdaParts {
  readonly world: World;
  readonly functions: Functions;
  readonly roles: Roles;
  readonly images: Images;
}

export function functionRules(parts: LambdaParts): Rules {
  const { functions } = parts;
  const described = async ({ region, params }: ApiRequest, next: Next) => {
    const known = functions.need(region, params['FunctionName']);
    return mapJson(await next(), (body) => configuration(body, known));
  };
  return {
    'lambda:CreateFunction': (request, next) => create(parts, request, next),
    'lambda:UpdateFunctionConfiguration': (request, next) => updateConfiguration(parts, request, next),
    'lambda:UpdateFunctionCode': (request, next) => updateCode(parts, request, next),
    'lambda:PublishVersion': (request, next) => {
      needNoUpdate(functions.need(request.region, request.params['FunctionName']));
      return next();
    },
    'lambda:GetFunctionConfiguration': described,
    'lambda:GetFunction': (request, next) => getFunction(parts, request, next),
    'lambda:ListFunctions': async ({ region }, next) =>
      mapJson(await next(), (body) => ({
        ...body,
        Functions: body['Functions'].map((each: Params) => {
          const known = functions.get(region, each['FunctionName']);
          return known ? configuration(each, known) : each;
        }),
      })),
    'lambda:DeleteFunction': async ({ region, params }, next) => {
      const { name } = functions.need(region, params['FunctionName']);
      const reply = await settled(await next());
      if (reply.status < 300) functions.remove(region, name);
      return reply;
    },
  };
}

async function create(parts: LambdaParts, request: ApiRequest, next: Next): Promise<Reply> {
  const { functions, world } = parts;
  const { params, region } = request;
  checkNew(params);
  checkSettings(params);
  await checkRole(parts, params);
  await checkNetwork(parts, region, params);
  const name = plainName(params['FunctionName']);
  const code = await codeOf(parts, region, params['Code'] ?? {});
  const reply = await settled(await next());
  if (reply.status >= 300) return reply;
  const failure = functions.takeFailure();
  const known: Known = {
    ...{ region, name, given: params, statements: [], version: 1, updatedAt: 0 },
    clock: world.clock,
    activeAt: world.clock.now() + world.settings.delays.pending,
    ...(failure !== undefined && { createFailure: failure }),
    ...code,
  };
  functions.add(known);
  return mapJson(reply, (body) => configuration(body, known));
}

async function updateConfiguration(parts: LambdaParts, request: ApiRequest, next: Next): Promise<Reply> {
  const { params, region } = request;
  const known = parts.functions.need(region, params['FunctionName']);
  checkSettings({ VpcConfig: known.given['VpcConfig'], ...params });
  needNoUpdate(known);
  if (params['Role']) await checkRole(parts, params);
  await checkNetwork(parts, region, { Role: known.given['Role'], ...params });
  return finishUpdate(parts, known, params, await next());
}

async function updateCode(parts: LambdaParts, request: ApiRequest, next: Next): Promise<Reply> {
  const { params, region } = request;
  const known = parts.functions.need(region, params['FunctionName']);
  needNoUpdate(known);
  const isImage = params['ImageUri'] !== undefined;
  if (isImage !== (known.image !== undefined)) {
    throw parameter(
      `Please ${isImage ? 'do not ' : ''}provide ImageUri when updating a function with packageType ${isImage ? 'Zip' : 'Image'}.`,
    );
  }
  const code = await codeOf(parts, region, params);
  if (params['DryRun'])
    return mapJson(await describeByMoto(parts, known), (body) => configuration(body, known));
  const reply = await settled(await next());
  if (reply.status < 300) Object.assign(known, code);
  const { Architectures } = params;
  return finishUpdate(parts, known, Architectures ? { Architectures } : {}, reply);
}

async function describeByMoto({ world }: LambdaParts, { region, name }: Known): Promise<Reply> {
  const path = `/2015-03-31/functions/${name}/configuration`;
  const { body, status, headers } = await world.moto.ask({ service: 'lambda', region, path });
  return { status, headers, body };
}

function finishUpdate(
  { functions, world }: LambdaParts,
  known: Known,
  params: Params,
  reply: Reply,
): Promise<Reply> {
  if (reply.status < 300) {
    const failure = functions.takeFailure();
    delete known.updateFailure;
    if (failure !== undefined) known.updateFailure = failure;
    known.given = { ...known.given, ...params };
    known.updatedAt = world.clock.now() + world.settings.delays.update;
    known.version += 1;
  }
  return mapJson(reply, (body) => configuration(body, known));
}

async function getFunction(
  { world, functions }: LambdaParts,
  request: ApiRequest,
  next: Next,
): Promise<Reply> {
  const known = functions.need(request.region, request.params['FunctionName']);
  const reply = await settled(await next());
  if (reply.status >= 300) return reply;
  const { Configuration, Code, ...rest } = JSON.parse(reply.body.toString());
  const image = known.image && {
    ...{ RepositoryType: 'ECR', ImageUri: known.image.uri, ResolvedImageUri: known.image.resolved },
  };
  const concurrency = known.reserved !== undefined && {
    Concurrency: { ReservedConcurrentExecutions: known.reserved },
  };
  return json({
    ...rest,
    Configuration: configuration(Configuration, known),
    Code: image ?? (known.zip ? { ...Code, Location: codeUrl(world, known) } : Code),
    ...concurrency,
  });
}

/** Where the code of a function is: on AWS, an object that anybody may get for ten minutes. */
function codeUrl(world: World, { region, name }: Known): string {
  return `${world.url()}/code/${region}/${name}`;
}

/** Gives the code of functions. Rule: `Code.Location` of GetFunction. */
export function codeDoor(functions: Functions): Door {
  return (raw, response) => {
    const [, region = '', name = ''] = /^\/code\/([^/]+)\/([^/]+)$/.exec(raw.url ?? '') ?? [];
    const zip = name === '' ? undefined : functions.get(region, name)?.zip;
    if (!zip) return undefined;
    response.writeHead(200).end(zip);
    return Promise.resolve();
  };
}

const NOT_ASSUMABLE = 'The role defined for the function cannot be assumed by Lambda.';

async function checkRole({ roles }: LambdaParts, { Role }: Params): Promise<void> {
  if (!(await roles.isAssumable(Role ?? '', 'lambda.amazonaws.com'))) throw parameter(NOT_ASSUMABLE);
}

async function checkNetwork({ world, roles }: LambdaParts, region: string, params: Params): Promise<void> {
  const { SubnetIds = [], SecurityGroupIds = [] } = params['VpcConfig'] ?? {};
  if (SubnetIds.length === 0) return;
  if (SecurityGroupIds.length === 0) throw parameter('Security groups are needed with subnets.');
  if (!(await roles.may(params['Role'], 'ec2:CreateNetworkInterface', '*'))) {
    throw parameter(
      'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
    );
  }
  const wanted = [
    ['DescribeSubnets', 'SubnetId', SubnetIds],
    ['DescribeSecurityGroups', 'GroupId', SecurityGroupIds],
  ] as const;
  for (const [Action, field, ids] of wanted) {
    const named = ids.map((id: string, index: number) => [`${field}.${index + 1}`, id]);
    const form = { Action, Version: '2016-11-15', ...Object.fromEntries(named) };
    const { ok } = await world.moto.ask({ service: 'ec2', region, form });
    if (!ok) throw parameter(`Error occurred while ${Action}: one of ${ids.join(', ')} does not exist`);
  }
}

/** The code of a function, as far as the stand-in needs it. */
async function codeOf(
  { images, world }: LambdaParts,
  region: string,
  code: Params,
): Promise<Pick<Known, 'image' | 'zip'>> {
  if (code['ImageUri']) return { image: await images.forLambda(region, code['ImageUri']) };
  if (code['ZipFile']) return { zip: Buffer.from(code['ZipFile'], 'base64') };
  if (!code['S3Bucket']) throw parameter('Please provide a source for function code.');
  const path = `/${code['S3Bucket']}/${encodeURIComponent(code['S3Key'])}`;
  const { ok, body } = await world.moto.ask({ service: 's3', region, path });
  if (!ok)
    throw new AwsFault(
      'InvalidParameterValueException',
      'Error occurred while GetObject. S3 Error Code: NoSuchKey.',
    );
  return { zip: body };
}
