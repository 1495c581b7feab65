/** HTTP requests as events of payload format 2.0, and answers of functions as HTTP responses. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ACCOUNT } from '../core/world.ts';

export interface HttpCall {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  /** With the stage, if it has a name. */
  readonly path: string;
  readonly search: string;
  readonly apiId: string;
  readonly stage: string;
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  /** Access key of the caller, where it had to sign. */
  readonly caller?: string;
}

const TEXT = /^(text\/|application\/(json|xml|javascript|.*\+json|.*\+xml))/;

/** Rule: "Working with AWS Lambda proxy integrations for HTTP APIs" in the documentation of API Gateway. */
export function httpEvent(call: HttpCall): unknown {
  const { request, body, path, search, routeKey, pathParameters } = call;
  const headers = Object.fromEntries(
    Object.entries(request.headers).flatMap(([name, value]) =>
      name === 'cookie' ? [] : [[name, Array.isArray(value) ? value.join(',') : (value ?? '')]],
    ),
  );
  const cookies = request.headers.cookie?.split('; ');
  const text = TEXT.test(request.headers['content-type'] ?? 'text/plain');
  const parameters = [...new URLSearchParams(search)];
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: search,
    ...(cookies && { cookies }),
    headers,
    ...(parameters.length > 0 && { queryStringParameters: joined(parameters) }),
    ...(pathParameters && Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: contextOf(call),
    ...(body.length > 0 && { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

/** Values of a parameter that is given several times are joined by commas. */
function joined(parameters: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const names = [...new Set(parameters.map(([name]) => name))];
  const valuesOf = (name: string) => parameters.filter(([each]) => each === name).map(([, value]) => value);
  return Object.fromEntries(names.map((name) => [name, valuesOf(name).join(',')]));
}

function contextOf({ request, path, apiId, stage, routeKey, caller }: HttpCall) {
  return {
    accountId: caller === undefined ? 'anonymous' : ACCOUNT,
    apiId,
    ...(caller !== undefined && {
      authorizer: { iam: { accessKey: caller, accountId: ACCOUNT, callerId: caller, userId: caller } },
    }),
    domainName: request.headers.host,
    domainPrefix: apiId,
    http: {
      method: request.method,
      path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: '127.0.0.1',
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: randomUUID(),
    routeKey,
    stage,
    time: new Date().toUTCString(),
    timeEpoch: Date.now(),
  };
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer;
}

/** An answer of a function; one without `statusCode` is the body itself, in JSON. */
export function httpAnswer(payload: string): HttpAnswer {
  const answer: unknown = JSON.parse(payload);
  const isResponse = typeof answer === 'object' && answer !== null && 'statusCode' in answer;
  if (!isResponse)
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(payload) };
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = '',
    isBase64Encoded = false,
  } = answer as {
    readonly statusCode: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly cookies?: readonly string[];
    readonly body?: string;
    readonly isBase64Encoded?: boolean;
  };
  const given = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  return {
    status: Number(statusCode),
    headers: {
      'content-type': 'text/plain;charset=utf-8',
      ...given,
      ...(cookies.length > 0 && { 'set-cookie': cookies }),
    },
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  };
}

/** A failure as API Gateway and function URLs tell it. */
export function httpFailure(status: number, message: string): HttpAnswer {
  const body = Buffer.from(JSON.stringify({ message, Message: message }));
  return { status, headers: { 'content-type': 'application/json' }, body };
}
