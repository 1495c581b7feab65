/**
 * HTTP APIs: as on AWS, but they are served by the stand-in. Rules: CreateApi and CreateRoute in the API reference of
 * API Gateway (version 2).
 */
import { type ApiRequest, mapJson, type Next, type Params, type Rules } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';

/** `made` is told of every API, with its region. */
export function httpApiRules(world: World, made: (apiId: string, region: string) => void): Rules {
  const written = (api: Params): Params => ({
    ...withoutNulls(api),
    apiEndpoint: `${world.url()}/_api/${api['apiId']}`,
  });
  const one = async (_request: ApiRequest, next: Next) => mapJson(await next(), written);
  return {
    'apigateway:CreateApi': async ({ region }, next) =>
      mapJson(await next(), (api) => {
        made(api['apiId'], region);
        return written(api);
      }),
    'apigateway:GetApi': one,
    'apigateway:UpdateApi': one,
    'apigateway:GetApis': async (_request, next) =>
      mapJson(await next(), (body) => ({ ...body, items: body['items'].map(written) })),
    ...memberRules(world),
  };
}

/** Of integrations, routes and stages. */
function memberRules(world: World): Rules {
  return {
    'apigateway:CreateIntegration': async ({ params }, next) => {
      checkIntegration(params);
      return next();
    },
    'apigateway:CreateRoute': async (request, next) => {
      const [routes, integrations] = await Promise.all([
        items(world, request, 'routes'),
        items(world, request, 'integrations'),
      ]);
      checkRoute(request.params, routes, integrations);
      return next();
    },
    'apigateway:CreateStage': async (request, next) => {
      const name = request.params['stageName'];
      const stages = await items(world, request, 'stages');
      if (stages.some(({ stageName }) => stageName === name)) throw conflict('Stage already exists');
      return next();
    },
    'apigateway:DeleteIntegration': async (request, next) => {
      const id = request.params['IntegrationId'];
      const used = (await items(world, request, 'routes')).find(
        ({ target }) => target === `integrations/${id}`,
      );
      if (used)
        throw conflict(
          `Cannot delete Integration '${id}' as it is attached to Route(s) '${used['routeKey']}'`,
        );
      return next();
    },
  };
}

function checkIntegration({
  integrationType,
  payloadFormatVersion,
  timeoutInMillis,
  integrationUri,
}: Params): void {
  if (integrationType !== 'AWS_PROXY') return;
  if (!payloadFormatVersion) throw bad('PayloadFormatVersion is a required parameter for integration');
  if (!/^arn:aws:lambda:[^:]+:\d{12}:function:[^:]+$/.test(integrationUri ?? ''))
    throw bad('Invalid function ARN or invalid uri');
  if (timeoutInMillis !== undefined && (timeoutInMillis < 50 || timeoutInMillis > 30_000)) {
    throw bad('Timeout should be between 50 ms and 30000 ms');
  }
}

function checkRoute(params: Params, routes: readonly Params[], integrations: readonly Params[]): void {
  const { routeKey, target } = params;
  if (!/^(\$default|(ANY|GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) \/\S*)$/.test(routeKey ?? '')) {
    throw bad(
      `The provided route key is not formatted properly for HTTP protocol. Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"`,
    );
  }
  if (routes.some((route) => route['routeKey'] === routeKey))
    throw conflict(`Route with key ${routeKey} already exists for this API`);
  const id = target?.replace(/^integrations\//, '');
  if (target && !integrations.some(({ integrationId }) => integrationId === id)) {
    throw new AwsFault('NotFoundException', `Invalid Integration identifier specified ${id}`, 404);
  }
}

/** What an API has of a kind. */
export async function items(
  { moto }: World,
  { region, params }: Pick<ApiRequest, 'region' | 'params'>,
  kind: 'routes' | 'integrations' | 'stages',
): Promise<readonly Params[]> {
  const answer = await moto.ask({
    service: 'apigateway',
    region,
    path: `/v2/apis/${params['ApiId']}/${kind}`,
  });
  return answer.ok ? (answer.json()['items'] ?? []) : [];
}

function bad(message: string): AwsFault {
  return new AwsFault('BadRequestException', message);
}

function conflict(message: string): AwsFault {
  return new AwsFault('ConflictException', message, 409);
}

function withoutNulls(body: Params): Params {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
