/** HTTP APIs of API Gateway: addresses with a path of their own, answered within 30 s. */

import type { CallContext, Found, Observed, ResourceKind } from '../../../../deploy/resource.ts';
import { apiParts, apisOf, ownedApis } from '../../addresses.ts';
import type { Connection } from '../../api/clients.ts';
import { hasAwsCode, unlessMissing } from '../../api/errors.ts';
import { TAG } from '../../api/tags.ts';
import { untilAccepted } from '../../api/wait.ts';
import { awsId, type Site } from '../../site.ts';
import type { AwsDeps } from '../deps.ts';
import {
  HTTP_API_RULES,
  type HttpApiAttrs,
  type HttpApiProps,
  httpApiAttrs,
  httpApiChanges,
} from './properties.ts';
import { createApi, syncApi } from './write.ts';

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
