/** The addresses over HTTP that steps have: URLs of functions, and HTTP APIs of API Gateway. */
import type { CallContext } from '../../deploy/resource.ts';
import { unlessMissing } from './api/errors.ts';
import type { Asking } from './api/function.ts';
import { remembered } from './api/memory.ts';
import { isOwned, TAG } from './api/tags.ts';
import { type Site, siteKey } from './site.ts';

/** The address that AWS Lambda gives a function. */
interface FunctionUrl {
  /** `NONE`: open to everybody. */
  readonly auth: 'AWS_IAM' | 'NONE';
  /** With a slash at its end. */
  readonly url: string;
}

/** The URL of a function, if it has one. */
export function functionUrl(
  asking: Asking,
  { site, name }: { readonly site: Site; readonly name: string },
  call: CallContext,
): Promise<FunctionUrl | undefined> {
  const question = `URL of function ${siteKey(site)} ${name}`;
  return remembered(asking, call, question, async () => {
    const { sdk, client } = await asking.clients('lambda', site);
    const answer = client.send(new sdk.GetFunctionUrlConfigCommand({ FunctionName: name }), {
      abortSignal: call.signal,
    });
    const found = await unlessMissing(answer, 'ResourceNotFoundException');
    return found && { auth: found.AuthType ?? 'AWS_IAM', url: found.FunctionUrl ?? '' };
  });
}

/** The fields of the service's answers that are used, of which any may be missing. */
export interface Api {
  readonly ApiId?: string | undefined;
  readonly ApiEndpoint?: string | undefined;
  readonly Name?: string | undefined;
  readonly Tags?: Record<string, string> | undefined;
  readonly CreatedDate?: Date | undefined;
}

export interface Integration {
  readonly IntegrationId?: string | undefined;
  readonly IntegrationUri?: string | undefined;
}

export interface Route {
  readonly RouteId?: string | undefined;
  readonly RouteKey?: string | undefined;
  readonly Target?: string | undefined;
  readonly AuthorizationType?: string | undefined;
}

export interface Stage {
  readonly StageName?: string | undefined;
}

/** An API as the service has it. */
export interface ApiParts {
  readonly api: Api;
  readonly integrations: readonly Integration[];
  readonly routes: readonly Route[];
  readonly stages: readonly Stage[];
  /** Ids of further APIs of the same step. */
  readonly twins: readonly string[];
}

/** Asking for what belongs to a workflow. */
type AskingFor = Asking & { readonly workflow: string };

/** What an API is found by. */
interface ApiKey {
  readonly site: Site;
  /** Id of the step. */
  readonly step: string;
}

/** All APIs of the workflow at a site, the oldest first: that one counts where a lost answer led to a second one. */
export function ownedApis(deps: AskingFor, site: Site, call: CallContext): Promise<readonly Api[]> {
  return remembered(deps, call, `APIs ${siteKey(site)}`, () => askApis(deps, site, call));
}

async function askApis(
  { clients, workflow }: AskingFor,
  site: Site,
  call: CallContext,
): Promise<readonly Api[]> {
  const { sdk, client } = await clients('httpApi', site);
  const apis: Api[] = [];
  let NextToken: string | undefined;
  do {
    const command = new sdk.GetApisCommand({ MaxResults: '500', NextToken });
    const page = await client.send(command, { abortSignal: call.signal });
    apis.push(...(page.Items ?? []).filter(({ Tags }) => isOwned(Tags, workflow)));
    NextToken = page.NextToken;
  } while (NextToken);
  const age = ({ CreatedDate }: Api) => CreatedDate?.getTime() ?? 0;
  return apis.sort((a, b) => age(a) - age(b));
}

/** The APIs of a step, the oldest first. */
export async function apisOf(
  deps: AskingFor,
  { site, step }: ApiKey,
  call: CallContext,
): Promise<readonly Api[]> {
  return (await ownedApis(deps, site, call)).filter(({ Tags }) => Tags?.[TAG.step] === step);
}

/** The API of a step with its parts, if there is one. */
export async function apiParts(
  deps: AskingFor,
  key: ApiKey,
  call: CallContext,
): Promise<ApiParts | undefined> {
  const [api, ...twins] = await apisOf(deps, key, call);
  if (!api) return undefined;
  const { sdk, client } = await deps.clients('httpApi', key.site);
  const abort = { abortSignal: call.signal };
  const { ApiId } = api;
  const [integrations, routes, stages] = await Promise.all([
    client.send(new sdk.GetIntegrationsCommand({ ApiId }), abort),
    client.send(new sdk.GetRoutesCommand({ ApiId }), abort),
    client.send(new sdk.GetStagesCommand({ ApiId }), abort),
  ]);
  return {
    api,
    twins: twins.map((twin) => twin.ApiId ?? ''),
    integrations: integrations.Items ?? [],
    routes: routes.Items ?? [],
    stages: stages.Items ?? [],
  };
}

/** The address of an API. A path that takes anything but nothing, such as `/{proxy+}`, ends as SCAR shows it: `/launch`. */
export function apiUrl({ api: { ApiEndpoint = '' }, stages, routes }: ApiParts): string {
  const stage = stages[0]?.StageName ?? '';
  const path = routes[0]?.RouteKey?.split(' ')[1] ?? '';
  const shown = path.replace(/\{[^{}]*\+\}$/, 'launch');
  return `${ApiEndpoint}${stage === '' || stage === '$default' ? '' : `/${stage}`}${shown}`;
}
