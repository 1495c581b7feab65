/** Making and changing the parts of an HTTP API: the API itself, what it calls, its route, its stage. */
import type { CallContext } from '../../../../deploy/resource.ts';
import type { Api, ApiParts, Integration, Route, Stage } from '../../addresses.ts';
import type { Connection } from '../../api/clients.ts';
import { tagSync } from '../../api/tags.ts';
import { resolved } from '../resolved.ts';
import { apiArn, type HttpApiProps, integrationInput, routeInput } from './properties.ts';

/** An API without any parts. Its tags come with it, so that it is found whatever happens next. */
export async function createApi(
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
export async function syncApi(
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
