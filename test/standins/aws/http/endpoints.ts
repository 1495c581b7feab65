/** What function URLs (`/_url/ID/…`) and HTTP APIs (`/_api/ID/…`) lead to: the functions behind them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { Door } from '../core/front.ts';
import { scopeOf } from '../core/recognise.ts';
import { ACCOUNT } from '../core/world.ts';
import type { AsyncParts } from '../lambda/asynchronous.ts';
import { type Known, parseFunctionArn } from '../lambda/functions.ts';
import { run } from '../lambda/invoke-rules.ts';
import { isAllowed } from '../lambda/policy.ts';
import { items } from './http-api-rules.ts';
import { type HttpAnswer, type HttpCall, httpAnswer, httpEvent, httpFailure } from './payload.ts';
import { type Route, routeFor } from './route.ts';

export interface EndpointParts extends AsyncParts {
  /** Region of an HTTP API. */
  readonly apiRegion: (apiId: string) => string | undefined;
}

/** Milliseconds that API Gateway waits for a function. */
const PATIENCE = 30_000;

export function endpointDoor(parts: EndpointParts): Door {
  return (request, response) => {
    const [, kind, id, rest = '', search = ''] =
      /^\/_(url|api)\/(\w+)(\/[^?]*)?\??(.*)$/s.exec(request.url ?? '') ?? [];
    if (!kind || !id) return undefined;
    const address = { request, id, rest: rest || '/', search };
    return send(response, kind === 'url' ? ofUrl(parts, address) : ofApi(parts, address));
  };
}

interface Address {
  readonly request: IncomingMessage;
  readonly id: string;
  readonly rest: string;
  readonly search: string;
}

async function send(response: ServerResponse, answer: Promise<HttpAnswer>): Promise<void> {
  const { status, headers, body } = await answer.catch((error) => httpFailure(500, String(error)));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value as string | string[]);
  response.writeHead(status).end(body);
}

/** The access key that a request is signed with for a service; nothing if it is not, or for something else. */
function signer({ request, search }: Address, service: string, region: string): string | undefined {
  const scope = scopeOf(request.headers.authorization, new URLSearchParams(search));
  return scope?.service === service && scope.region === region ? scope.caller : undefined;
}

async function ofUrl(parts: EndpointParts, address: Address): Promise<HttpAnswer> {
  const known = parts.functions.all().find(({ url }) => url?.id === address.id);
  if (!known?.url) return httpFailure(404, 'Not Found');
  const caller = known.url.auth === 'AWS_IAM' ? signer(address, 'lambda', known.region) : undefined;
  const allowed = known.url.auth === 'AWS_IAM' ? caller !== undefined : isOpen(known);
  if (!allowed)
    return httpFailure(
      403,
      'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html',
    );
  const { request, rest, search, id } = address;
  const about = { apiId: id, stage: '$default', routeKey: '$default', path: rest, search };
  const call = { request, body: await buffer(request), ...about, ...(caller !== undefined && { caller }) };
  return invoke(parts, known, call, { failure: 502 });
}

/**
 * Whether anybody may use the address of a function. Rule: since October 2025 both rights are needed ("Control access to
 * Lambda function URLs" in Lambda's developer guide).
 */
function isOpen({ statements }: Known): boolean {
  const anybody = { principal: '*', urlAuth: 'NONE', viaUrl: true } as const;
  return (
    isAllowed(statements, { ...anybody, action: 'lambda:InvokeFunctionUrl' }) &&
    isAllowed(statements, { ...anybody, action: 'lambda:InvokeFunction' })
  );
}

async function ofApi(parts: EndpointParts, address: Address): Promise<HttpAnswer> {
  const { id, request, search, rest } = address;
  const region = parts.apiRegion(id);
  if (region === undefined) return httpFailure(404, 'Not Found');
  const at = { region, params: { ApiId: id } };
  const place = stageOf(await items(parts.world, at, 'stages'), rest);
  const routes = (await items(parts.world, at, 'routes')) as readonly Route[];
  const taken = place && routeFor(routes, request.method ?? 'GET', place.path);
  const integrationId = taken?.route.target?.replace('integrations/', '');
  const integrations = await items(parts.world, at, 'integrations');
  const integration = integrations.find((each) => each['integrationId'] === integrationId);
  if (!place || !taken || !integration) return httpFailure(404, 'Not Found');
  const signed = taken.route.authorizationType === 'AWS_IAM';
  const caller = signed ? signer(address, 'execute-api', region) : undefined;
  if (signed && caller === undefined) return httpFailure(403, 'Forbidden');
  const target = parseFunctionArn(integration['integrationUri']);
  const known = target && parts.functions.get(target.region, target.name);
  const { routeKey } = taken.route;
  const source = `${id}/${place.stage}/${routeKey === '$default' ? routeKey : routeKey.replace(' ', '')}`;
  const sourceArn = `arn:aws:execute-api:${region}:${ACCOUNT}:${source}`;
  const attempt = {
    action: 'lambda:InvokeFunction',
    principal: 'apigateway.amazonaws.com',
    sourceArn,
  } as const;
  if (!known || !isAllowed(known.statements, attempt)) return httpFailure(500, 'Internal Server Error');
  const about = {
    apiId: id,
    stage: place.stage,
    routeKey,
    path: rest,
    search,
    pathParameters: taken.pathParameters,
  };
  const call = { request, body: await buffer(request), ...about, ...(caller !== undefined && { caller }) };
  return invoke(parts, known, call, { failure: 500, patience: integration['timeoutInMillis'] ?? PATIENCE });
}

interface Place {
  readonly stage: string;
  readonly path: string;
}

/** The stage that the first part of a path names, else `$default`. */
function stageOf(stages: readonly Readonly<Record<string, unknown>>[], rest: string): Place | undefined {
  const [, first = '', path = ''] = /^\/([^/]*)(.*)$/s.exec(rest) ?? [];
  const names = stages.map(({ stageName }) => stageName);
  if (names.includes(first)) return { stage: first, path: path || '/' };
  return names.includes('$default') ? { stage: '$default', path: rest } : undefined;
}

interface Manner {
  /** Status of a function that fails. */
  readonly failure: number;
  /** Milliseconds to wait. */
  readonly patience?: number;
}

async function invoke(
  parts: EndpointParts,
  known: Known,
  call: HttpCall,
  manner: Manner,
): Promise<HttpAnswer> {
  const outcome = run(parts, { known, event: httpEvent(call), impatient: true });
  const { patience = 900_000 } = manner;
  const ended = await Promise.race([outcome, wait(patience, undefined, { ref: false })]);
  if (!ended) return httpFailure(503, 'Service Unavailable');
  return ended.status === 'failed'
    ? httpFailure(manner.failure, 'Internal Server Error')
    : httpAnswer(ended.payload);
}
