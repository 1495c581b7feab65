/** HTTP APIs of API Gateway: what is desired of one, what there is, and what differs. Pure. */
import type { CreateIntegrationCommandInput } from '@aws-sdk/client-apigatewayv2';
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { type ApiParts, apiUrl, type Integration } from '../../addresses.ts';
import { parseArn } from '../../api/tagged.ts';
import { settableTags, type Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import { resolved } from '../deps.ts';

export type HttpApiProps = {
  readonly site: Site;
  readonly step: string;
  readonly name: string;
  /** `$default` has no part in the address. */
  readonly stage: string;
  /** `ANY`, `GET`, … */
  readonly method: string;
  /** With a slash at its beginning. */
  readonly path: string;
  /** ARN of the function. */
  readonly function: Ref | string;
  readonly auth: 'iam' | 'none';
  readonly tags: Tags;
};

/** What is missing of an API that was not finished is absent. */
export type HttpApiAttrs = Pick<HttpApiProps, 'site' | 'step' | 'name' | 'tags'> & {
  readonly stage?: string | undefined;
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly function?: string | undefined;
  readonly auth?: 'iam' | 'none' | undefined;
  readonly apiId: string;
  readonly url: string;
  /** All that the API can be asked: for the permission to call the function. */
  readonly executionArn?: string | undefined;
  /** What does not belong there: further APIs of the step by their ids, further routes and stages. */
  readonly extra: readonly string[];
};

export const HTTP_API_RULES: Rules<HttpApiProps> = {
  site: IDENTITY,
  step: IDENTITY,
  name: { by: 'api' },
  stage: { by: 'stage' },
  method: { by: 'route' },
  path: { by: 'route' },
  function: { by: 'integration' },
  auth: { by: 'route' },
  tags: { by: 'tags' },
};

/** What of an API differs from what is desired. */
export function httpApiChanges(props: HttpApiProps, attrs: HttpApiAttrs): readonly Change[] {
  const found = { ...attrs, tags: settableTags(attrs.tags) };
  const changes = changesOf(props, found, comparisonOf(HTTP_API_RULES));
  return [...changes, ...attrs.extra.map((before) => ({ path: 'extra', before, after: undefined }))];
}

/** What there is of an API. `fn` is the ARN of its function as it is desired, if that is known. */
export function httpApiAttrs(
  { site, step, function: fn }: Pick<HttpApiProps, 'site' | 'step'> & { readonly function?: Ref | string },
  parts: ApiParts,
): HttpApiAttrs {
  const { api, twins } = parts;
  const [stage, ...stages] = parts.stages;
  const [route, ...routes] = parts.routes;
  const [method, path = ''] = (route?.RouteKey ?? '').split(' ');
  const target = targetOf(parts);
  const integration = target?.IntegrationUri;
  const arn = typeof fn === 'string' ? fn : integration;
  return {
    ...{ site, step, name: api.Name ?? '', apiId: api.ApiId ?? '', tags: api.Tags ?? {} },
    ...(stage && { stage: stage.StageName }),
    ...(route && { method, path, auth: route.AuthorizationType === 'AWS_IAM' ? 'iam' : 'none' }),
    ...(integration !== undefined && { function: integration }),
    url: apiUrl(parts),
    executionArn: arn === undefined ? undefined : executionArn(arn, api.ApiId ?? ''),
    extra: [
      ...twins,
      ...routes.map((each) => each.RouteKey ?? ''),
      ...stages.map((each) => each.StageName ?? ''),
    ],
  };
}

/** The integration that the route leads to. */
function targetOf({ integrations, routes }: ApiParts): Integration | undefined {
  return integrations.find(({ IntegrationId }) => routes[0]?.Target === `integrations/${IntegrationId}`);
}

function executionArn(fn: string, apiId: string): string {
  const { partition, region, account } = parseArn(fn);
  return `arn:${partition}:execute-api:${region}:${account}:${apiId}/*`;
}

/** How tags are attached to an API. */
export function apiArn(fn: string, { site, apiId }: Pick<HttpApiAttrs, 'site' | 'apiId'>): string {
  return `arn:${parseArn(fn).partition}:apigateway:${site.region}::/apis/${apiId}`;
}

/** The call of the function by the API; it answers within 30 s, as long as HTTP APIs wait. */
export function integrationInput(ApiId: string, props: HttpApiProps): CreateIntegrationCommandInput {
  const IntegrationUri = resolved(props.function);
  return { ApiId, IntegrationType: 'AWS_PROXY', IntegrationUri, PayloadFormatVersion: '2.0' };
}

/** What requests lead to the integration. */
export function routeInput({ method, path, auth }: HttpApiProps, integrationId: string) {
  return {
    RouteKey: `${method} ${path}`,
    AuthorizationType: auth === 'iam' ? ('AWS_IAM' as const) : ('NONE' as const),
    Target: `integrations/${integrationId}`,
  };
}
