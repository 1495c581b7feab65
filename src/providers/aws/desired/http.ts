/** Addresses over HTTP: function URLs and HTTP APIs, closed unless the file says otherwise. */

import { type Ref, type Resource, ref } from '../../../deploy/resource.ts';
import { AWS_DEFAULTS } from '../dialect/defaults.ts';
import type { FunctionUrlProps } from '../kinds/function-url.ts';
import type { HttpApiProps } from '../kinds/http-api.ts';
import type { PermissionProps } from '../kinds/permission.ts';
import { STATEMENT, statementName } from '../names.ts';
import { functionArn, idFor, type Placed, stepTags } from './placed.ts';

/** The addresses of a step, and the permissions that they need. */
export function httpResources(placed: Placed): readonly Resource[] {
  return [...urlResources(placed), ...apiResources(placed)];
}

/** The address of a step; of two the function URL, which has more time to answer. */
export function endpointOf(placed: Placed): Ref | undefined {
  if (hasUrl(placed)) return ref(idFor(placed, 'function-url'), 'url');
  return hasApi(placed) ? ref(apiId(placed), 'url') : undefined;
}

function hasUrl({ step }: Placed): boolean {
  return step.settings.lambda?.function_url === true;
}

/** As with SCAR, it is the name that asks for an API. */
function hasApi({ step }: Placed): boolean {
  return Boolean(step.settings.api_gateway?.name);
}

/** Anything but an explicit `none` asks for signed requests. */
function isOpen(auth: string | undefined): boolean {
  return auth?.trim().toLowerCase() === 'none';
}

function urlResources(placed: Placed): readonly Resource[] {
  if (!hasUrl(placed)) return [];
  const { step, facts } = placed;
  const open = isOpen(step.settings.lambda?.auth);
  const id = idFor(placed, 'function-url');
  const auth = open ? 'NONE' : 'AWS_IAM';
  const props: FunctionUrlProps = { site: facts.site, function: step.name, auth };
  const dependsOn = [idFor(placed, 'function')];
  const url: Resource = { id, kind: 'aws/function-url', step: step.id, props, dependsOn };
  return open ? [url, ...openPermissions(placed)] : [url];
}

/**
 * An open address takes two statements, and the second one must not open the function to direct calls.
 * Rule: Lambda's developer guide, "Control access to Lambda function URLs" (since October 2025).
 */
function openPermissions(placed: Placed): readonly Resource[] {
  const everybody = { principal: '*' } as const;
  return [
    permission(placed, STATEMENT.url, { ...everybody, action: 'lambda:InvokeFunctionUrl', urlAuth: 'NONE' }),
    permission(placed, STATEMENT.urlInvoke, {
      ...everybody,
      action: 'lambda:InvokeFunction',
      viaFunctionUrl: true,
    }),
  ];
}

type Caller = Omit<PermissionProps, 'site' | 'function' | 'statementId'>;

function permission(placed: Placed, statementId: string, caller: Caller): Resource {
  const { step, facts } = placed;
  return {
    id: idFor(placed, 'permission', statementName(step.name, statementId)),
    kind: 'aws/permission',
    step: step.id,
    props: { site: facts.site, function: step.name, statementId, ...caller } satisfies PermissionProps,
    dependsOn: [idFor(placed, 'function')],
  };
}

function apiId(placed: Placed): string {
  return idFor(placed, 'http-api', placed.step.id);
}

function apiResources(placed: Placed): readonly Resource[] {
  const { step, facts } = placed;
  const { api_gateway: api } = step.settings;
  if (!api?.name) return [];
  const resource: Resource = {
    id: apiId(placed),
    kind: 'aws/http-api',
    step: step.id,
    props: {
      site: facts.site,
      step: step.id,
      name: api.name,
      stage: api.stage_name || AWS_DEFAULTS.httpStage,
      method: (api.http_method || AWS_DEFAULTS.httpMethod).trim().toUpperCase(),
      path: `/${(api.path_part || AWS_DEFAULTS.httpPath).trim().replace(/^\/+/, '')}`,
      function: functionArn(placed),
      auth: isOpen(api.auth) ? 'none' : 'iam',
      tags: stepTags(placed),
    } satisfies HttpApiProps,
    dependsOn: [],
  };
  const caller = { action: 'lambda:InvokeFunction', principal: 'apigateway.amazonaws.com' };
  return [
    resource,
    permission(placed, STATEMENT.httpApi, { ...caller, sourceArn: ref(resource.id, 'executionArn') }),
  ];
}
