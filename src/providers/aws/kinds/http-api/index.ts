/** HTTP APIs of API Gateway: addresses with a path of their own, answered within 30 s. */
import type { CallContext, Found, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import {
  type Api,
  type ApiParts,
  apiParts,
  apisOf,
  type Integration,
  ownedApis,
  type Route,
  type Stage,
} from '../../addresses.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { TAG, tagSync } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import { type AwsDeps, resolved } from '../deps.ts';
import {
  apiArn,
  HTTP_API_RULES,
  type HttpApiAttrs,
  type HttpApiProps,
  httpApiAttrs,
  httpApiChanges,
  integrationInput,
  routeInput,
} from './properties.ts';

export type { HttpApiAttrs, HttpApiProps } from './properties.ts';

/** What an API is found by, and the function that its attributes refer to. */
type Key = Pick<HttpApiProps, 'site' | 'step'> & Partial<Pick<HttpApiProps, 'function'>>;

const MISSING = 'NotFoundException';

/** Each step has an API of its own, found by its tags: names say nothing. */
export function httpApiKind(deps: AwsDeps): ResourceKind<HttpApiProps, HttpApiAttrs> {
  return {
    title: 'HTTP API',
    rank: 30,
    read: (props, call) => readApi(deps, props, call),
    rules: HTTP_API_RULES,
    changes: httpApiChanges,
    reconcile: (props, call) => reconcile(deps, props, call),
    async delete({ site, step }, call) {
      const { sdk, client } = await deps.clients('httpApi', site);
      for (const { ApiId } of await apisOf(deps, { site, step }, call)) {
        const deleted = client.send(new sdk.DeleteApiCommand({ ApiId }), { abortSignal: call.signal });
        await unlessMissing(deleted, MISSING);
      }
      return undefined;
    },
    async list(_workflow, call) {
      const found = await Promise.all(deps.sites.map((site) => listAt(deps, site, call)));
      return [...new Map(found.flat().map((each) => [each.attrs.apiId, each])).values()];
    },
  };
}

async function listAt(deps: AwsDeps, site: Site, call: CallContext): Promise<readonly Found<HttpApiAttrs>[]> {
  const apis = await ownedApis(deps, site, call);
  const steps = new Set(apis.map(({ Tags }) => Tags?.[TAG.step] ?? ''));
  return [...steps].map((step) => {
    const [api = {}, ...twins] = apis.filter(({ Tags }) => (Tags?.[TAG.step] ?? '') === step);
    const parts = {
      api,
      integrations: [],
      routes: [],
      stages: [],
      twins: twins.map(({ ApiId = '' }) => ApiId),
    };
    return { id: awsId(site, 'http-api', step), step, attrs: httpApiAttrs({ site, step }, parts) };
  });
}

async function readApi(
  deps: AwsDeps,
  key: Key,
  call: CallContext,
): Promise<Observed<HttpApiAttrs> | undefined> {
  const parts = await apiParts(deps, key, call);
  return parts && { owned: true, attrs: httpApiAttrs(key, parts) };
}

/** Milliseconds for another change of the API to end. */
const CONFLICT_TIMEOUT = 30_000;

/** A part that a call whose answer was lost has made is in the way of that call when it is sent again: look once more. */
function reconcile(deps: AwsDeps, props: HttpApiProps, call: CallContext): Promise<HttpApiAttrs> {
  const what = `the HTTP API ${props.name}`;
  return untilAccepted(
    { call, delay: deps.delay, timeoutMs: CONFLICT_TIMEOUT, what },
    (thrown) => hasAwsCode(thrown, 'ConflictException'),
    () => sync(deps, props, call),
  );
}

/** Makes the API if there is none, and changes what differs of its parts. */
async function sync(deps: AwsDeps, props: HttpApiProps, call: CallContext): Promise<HttpApiAttrs> {
  const connection: Connection<'httpApi'> = await deps.clients('httpApi', props.site);
  const there = await apiParts(deps, props, call);
  const parts = there ?? (await createApi(props, connection, call));
  const attrs = httpApiAttrs(props, parts);
  if (httpApiChanges(props, attrs).length === 0) return attrs;
  return httpApiAttrs(props, await syncApi(props, parts, connection, call));
}

/** An API without any parts. Its tags come with it, so that it is found whatever happens next. */
async function createApi(
  { name, tags }: HttpApiProps,
  { sdk, client }: Connection<'httpApi'>,
  call: CallContext,
): Promise<ApiParts> {
  const command = new sdk.CreateApiCommand({ Name: name, ProtocolType: 'HTTP', Tags: { ...tags } });
  const { ApiId, ApiEndpoint } = await client.send(command, { abortSignal: call.signal });
  const api = { ApiId, ApiEndpoint, Name: name, Tags: { ...tags } };
  return { api, integrations: [], routes: [], stages: [], twins: [] };
}

/** Changes what differs, and removes what does not belong there. Answers the API as it is then. */
async function syncApi(
  props: HttpApiProps,
  parts: ApiParts,
  connection: Connection<'httpApi'>,
  call: CallContext,
): Promise<ApiParts> {
  const syncing: Syncing = {
    ...connection,
    props,
    parts,
    abort: { abortSignal: call.signal },
    ApiId: parts.api.ApiId ?? '',
  };
  const api = await syncSelf(syncing);
  const integration = await syncIntegration(syncing);
  const route = await syncRoute(syncing, integration);
  const stage = await syncStage(syncing);
  await removeExtra(syncing, { integration, route, stage });
  return { api, twins: [], integrations: [integration], routes: [route], stages: [stage] };
}

interface Syncing extends Connection<'httpApi'> {
  readonly props: HttpApiProps;
  readonly parts: ApiParts;
  readonly abort: { readonly abortSignal: AbortSignal };
  readonly ApiId: string;
}

async function syncSelf({ sdk, client, props, parts: { api }, abort, ApiId }: Syncing): Promise<Api> {
  const { name, tags, site } = props;
  if (api.Name !== name) await client.send(new sdk.UpdateApiCommand({ ApiId, Name: name }), abort);
  const { set, remove } = tagSync(tags, api.Tags ?? {});
  const ResourceArn = apiArn(resolved(props.function), { site, apiId: ApiId });
  if (Object.keys(set).length > 0) {
    await client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: { ...set } }), abort);
  }
  if (remove.length > 0) {
    await client.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: [...remove] }), abort);
  }
  return { ...api, Name: name, Tags: { ...tags } };
}

/** The integration that calls the function: one that does so already, else the first one, else a new one. */
async function syncIntegration({ sdk, client, props, parts, abort, ApiId }: Syncing): Promise<Integration> {
  const input = integrationInput(ApiId, props);
  const { integrations } = parts;
  const same = integrations.find((each) => each.IntegrationUri === input.IntegrationUri);
  if (same) return same;
  const [there] = integrations;
  if (!there) return client.send(new sdk.CreateIntegrationCommand(input), abort);
  const { IntegrationId } = there;
  await client.send(new sdk.UpdateIntegrationCommand({ ...input, IntegrationId }), abort);
  return { ...there, IntegrationUri: input.IntegrationUri };
}

async function syncRoute(syncing: Syncing, { IntegrationId = '' }: Integration): Promise<Route> {
  const { sdk, client, props, parts, abort, ApiId } = syncing;
  const input = routeInput(props, IntegrationId);
  const there = parts.routes.find(({ RouteKey }) => RouteKey === input.RouteKey) ?? parts.routes[0];
  if (!there) return client.send(new sdk.CreateRouteCommand({ ApiId, ...input }), abort);
  const auth = there.AuthorizationType ?? 'NONE';
  const same =
    there.RouteKey === input.RouteKey && there.Target === input.Target && auth === input.AuthorizationType;
  if (same) return there;
  await client.send(new sdk.UpdateRouteCommand({ ApiId, RouteId: there.RouteId, ...input }), abort);
  return { ...there, ...input };
}

/** A stage cannot get another name. */
async function syncStage({ sdk, client, props, parts, abort, ApiId }: Syncing): Promise<Stage> {
  const there = parts.stages.find(({ StageName }) => StageName === props.stage);
  if (there) return there;
  const input = { ApiId, StageName: props.stage, AutoDeploy: true };
  return client.send(new sdk.CreateStageCommand(input), abort);
}

interface Kept {
  readonly integration: Integration;
  readonly route: Route;
  readonly stage: Stage;
}

/** Removes all but what is kept: routes before what they lead to. */
async function removeExtra({ sdk, client, parts, abort, ApiId }: Syncing, kept: Kept): Promise<void> {
  for (const { RouteId } of parts.routes) {
    if (RouteId === kept.route.RouteId) continue;
    await client.send(new sdk.DeleteRouteCommand({ ApiId, RouteId }), abort);
  }
  for (const { IntegrationId } of parts.integrations) {
    if (IntegrationId === kept.integration.IntegrationId) continue;
    await client.send(new sdk.DeleteIntegrationCommand({ ApiId, IntegrationId }), abort);
  }
  for (const { StageName } of parts.stages) {
    if (StageName === kept.stage.StageName) continue;
    await client.send(new sdk.DeleteStageCommand({ ApiId, StageName }), abort);
  }
  for (const twin of parts.twins) await client.send(new sdk.DeleteApiCommand({ ApiId: twin }), abort);
}
