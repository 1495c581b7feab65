/** Addresses over HTTP: function URLs and HTTP APIs, closed unless the file says otherwise. */

import { type Ref, type Resource, ref } from '../../../deploy/resource.ts';
import { AWS_DEFAULTS } from '../dialect/defaults.ts';
import { functionArn, idFor, type StepDeployment, stepTags } from '../facts.ts';
import type { FunctionUrlProps } from '../kinds/function-url/index.ts';
import type { HttpApiProps } from '../kinds/http-api/index.ts';
import type { PermissionProps } from '../kinds/permission/index.ts';
import { STATEMENT, statementName } from '../names.ts';

/** The addresses of a step, and the permissions that they need. */
export function httpResources(deployment: StepDeployment): readonly Resource[] {
  return [...urlResources(deployment), ...apiResources(deployment)];
}

/** The address of a step; of two the function URL, which has more time to answer. */
export function endpointOf(deployment: StepDeployment): Ref | undefined {
  if (hasUrl(deployment)) return ref(idFor(deployment, 'function-url'), 'url');
  return hasApi(deployment) ? ref(apiId(deployment), 'url') : undefined;
}

function hasUrl({ step }: StepDeployment): boolean {
  return step.settings.lambda?.function_url === true;
}

/** As with SCAR, it is the name that asks for an API. */
function hasApi({ step }: StepDeployment): boolean {
  return Boolean(step.settings.api_gateway?.name);
}

/** Anything but an explicit `none` asks for signed requests. */
function isOpen(auth: string | undefined): boolean {
  return auth?.trim().toLowerCase() === 'none';
}

function urlResources(deployment: StepDeployment): readonly Resource[] {
  if (!hasUrl(deployment)) return [];
  const { step, facts } = deployment;
  const open = isOpen(step.settings.lambda?.auth);
  const id = idFor(deployment, 'function-url');
  const auth = open ? 'NONE' : 'AWS_IAM';
  const props: FunctionUrlProps = { site: facts.site, function: step.name, auth };
  const dependsOn = [idFor(deployment, 'function')];
  const url: Resource = { id, kind: 'aws/function-url', step: step.id, props, dependsOn };
  return open ? [url, ...openPermissions(deployment)] : [url];
}

/**
 * An open address takes two statements, and the second one must not open the function to direct calls.
 * Rule: Lambda's developer guide, "Control access to Lambda function URLs" (since October 2025).
 */
function openPermissions(deployment: StepDeployment): readonly Resource[] {
  const everybody = { principal: '*' } as const;
  return [
    permission(deployment, STATEMENT.url, {
      ...everybody,
      action: 'lambda:InvokeFunctionUrl',
      urlAuth: 'NONE',
    }),
    permission(deployment, STATEMENT.urlInvoke, {
      ...everybody,
      action: 'lambda:InvokeFunction',
      viaFunctionUrl: true,
    }),
  ];
}

type Caller = Omit<PermissionProps, 'site' | 'function' | 'statementId'>;

function permission(deployment: StepDeployment, statementId: string, caller: Caller): Resource {
  const { step, facts } = deployment;
  return {
    id: idFor(deployment, 'permission', statementName(step.name, statementId)),
    kind: 'aws/permission',
    step: step.id,
    props: { site: facts.site, function: step.name, statementId, ...caller } satisfies PermissionProps,
    dependsOn: [idFor(deployment, 'function')],
  };
}

function apiId(deployment: StepDeployment): string {
  return idFor(deployment, 'http-api', deployment.step.id);
}

function apiResources(deployment: StepDeployment): readonly Resource[] {
  const { step, facts } = deployment;
  const { api_gateway: api } = step.settings;
  if (!api?.name) return [];
  const resource: Resource = {
    id: apiId(deployment),
    kind: 'aws/http-api',
    step: step.id,
    props: {
      site: facts.site,
      step: step.id,
      name: api.name,
      stage: api.stage_name || AWS_DEFAULTS.httpStage,
      method: (api.http_method || AWS_DEFAULTS.httpMethod).trim().toUpperCase(),
      path: `/${(api.path_part || AWS_DEFAULTS.httpPath).trim().replace(/^\/+/, '')}`,
      function: functionArn(deployment),
      auth: isOpen(api.auth) ? 'none' : 'iam',
      tags: stepTags(deployment),
    } satisfies HttpApiProps,
    dependsOn: [],
  };
  const caller = { action: 'lambda:InvokeFunction', principal: 'apigateway.amazonaws.com' };
  return [
    resource,
    permission(deployment, STATEMENT.httpApi, { ...caller, sourceArn: ref(resource.id, 'executionArn') }),
  ];
}
