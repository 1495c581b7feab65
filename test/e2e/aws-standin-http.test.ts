/** The stand-in of AWS serves function URLs and HTTP APIs. */
import * as httpApi from '@aws-sdk/client-apigatewayv2';
import * as lambda from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT, type Aws, startAws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type Clients, clientsOf, MAY_LOG, makeFunction, makeRole, zipFunction, zipOf } from './aws-lab.ts';

const DELAYS = { pending: 50, update: 50, role: 50 };
describe.skipIf(!needs('moto'))('endpoints of the stand-in of AWS', () => {
  const CODE = `
    export const handler = async (event, context) => {
      console.log('got', JSON.stringify(event));
      if (event.hang) await new Promise(() => setTimeout(() => {}, 60_000));
      if (event.fail) throw new RangeError('no more');
      if (event.wait) await new Promise((resolve) => setTimeout(resolve, event.wait));
      return { event, name: context.functionName, mine: process.env.MINE };
    };`;
  let aws: Aws;
  let clients: Clients;
  let role: string;

  beforeAll(async () => {
    aws = await startAws({ delays: DELAYS });
    clients = clientsOf(aws);
    const may = ['lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${ACCOUNT}:function:*`] as const;
    role = await makeRole(clients, { name: 'zip', permits: [...MAY_LOG, may] });
  });

  afterAll(() => aws?.stop());

  const make = (name: string, more: Partial<lambda.CreateFunctionCommandInput> = {}) =>
    makeFunction(clients, { ...zipFunction(name, role, zipOf('index.mjs', CODE)), ...more });
  const SCOPE = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0f`;
  const permit = (FunctionName: string, statement: Partial<lambda.AddPermissionCommandInput>) =>
    clients.lambda.send(
      new lambda.AddPermissionCommand({
        FunctionName,
        StatementId: 'x',
        Action: 'lambda:InvokeFunction',
        Principal: '*',
        ...statement,
      }),
    );

  it('serves the address of a function to those who may use it', async () => {
    await make('page');
    const at = { FunctionName: 'page' };
    const { FunctionUrl = '' } = await clients.lambda.send(
      new lambda.CreateFunctionUrlConfigCommand({ ...at, AuthType: 'AWS_IAM' }),
    );
    expect((await fetch(FunctionUrl)).status).toBe(403);
    expect((await fetch(FunctionUrl, { headers: { authorization: SCOPE('execute-api') } })).status).toBe(403);
    const signed = await fetch(`${FunctionUrl}a/b?x=1&x=2&y=`, {
      method: 'POST',
      headers: { authorization: SCOPE('lambda'), 'content-type': 'application/json' },
      body: '{"q":1}',
    });
    expect(signed.status).toBe(200);
    const { event } = (await signed.json()) as { event: unknown };
    expect(event).toMatchObject({
      ...{
        version: '2.0',
        rawPath: '/a/b',
        rawQueryString: 'x=1&x=2&y=',
        queryStringParameters: { x: '1,2', y: '' },
      },
      ...{ body: '{"q":1}', isBase64Encoded: false },
      requestContext: { stage: '$default', http: { method: 'POST', path: '/a/b' } },
    });
    await clients.lambda.send(new lambda.UpdateFunctionUrlConfigCommand({ ...at, AuthType: 'NONE' }));
    expect((await fetch(FunctionUrl)).status).toBe(403);
    await permit('page', { Action: 'lambda:InvokeFunctionUrl', FunctionUrlAuthType: 'NONE' });
    expect((await fetch(FunctionUrl)).status).toBe(403);
    await permit('page', { StatementId: 'y', InvokedViaFunctionUrl: true });
    expect((await fetch(FunctionUrl)).status).toBe(200);
    expect(
      (
        await fetch(FunctionUrl, {
          method: 'PUT',
          body: new Uint8Array([255, 0]),
          headers: { 'content-type': 'image/png' },
        })
      ).status,
    ).toBe(200);
    expect(aws.invocations().at(-1)?.event).toMatchObject({ body: '/wA=', isBase64Encoded: true });
  });

  it('serves an HTTP API', async () => {
    const answer = `export const handler = async ({ requestContext, pathParameters, fail }) => ({
      statusCode: 201, headers: { 'X-Mine': requestContext.routeKey }, cookies: ['a=1', 'b=2'],
      body: Buffer.from(JSON.stringify(pathParameters ?? null)).toString('base64'), isBase64Encoded: true })`;
    const api = await make('api', { Code: { ZipFile: new Uint8Array(zipOf('index.mjs', answer)) } });
    const { ApiId = '', ApiEndpoint } = await clients.httpApi.send(
      new httpApi.CreateApiCommand({ Name: 'a', ProtocolType: 'HTTP' }),
    );
    const integration = {
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: api,
      PayloadFormatVersion: '2.0',
    } as const;
    const { IntegrationId } = await clients.httpApi.send(
      new httpApi.CreateIntegrationCommand({ ApiId, ...integration }),
    );
    const route = (RouteKey: string, AuthorizationType: httpApi.AuthorizationType = 'NONE') =>
      clients.httpApi.send(
        new httpApi.CreateRouteCommand({
          ApiId,
          RouteKey,
          AuthorizationType,
          Target: `integrations/${IntegrationId}`,
        }),
      );
    await route('POST /open');
    await route('GET /items/{id}');
    await route('GET /closed', 'AWS_IAM');
    await clients.httpApi.send(new httpApi.CreateStageCommand({ ApiId, StageName: 'v1', AutoDeploy: true }));
    const open = () => fetch(`${ApiEndpoint}/v1/open`, { method: 'POST', body: 'x' });
    expect((await open()).status).toBe(500);
    await permit('api', {
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:us-east-1:${ACCOUNT}:${ApiId}/*`,
    });
    const opened = await open();
    expect([opened.status, opened.headers.get('x-mine'), opened.headers.getSetCookie()]).toEqual([
      201,
      'POST /open',
      ['a=1', 'b=2'],
    ]);
    expect(await (await fetch(`${ApiEndpoint}/v1/items/7`)).json()).toEqual({ id: '7' });
    expect((await fetch(`${ApiEndpoint}/v1/open`)).status).toBe(404);
    expect((await fetch(`${ApiEndpoint}/open`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${ApiEndpoint}/v1/closed`)).status).toBe(403);
    const headers = { authorization: SCOPE('execute-api') };
    expect((await fetch(`${ApiEndpoint}/v1/closed`, { headers })).status).toBe(201);
  });
});
