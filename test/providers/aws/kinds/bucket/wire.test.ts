/** What S3 answers in ways that only show on the wire: redirections without a body, and whole configurations as XML. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Clients, openClients } from '../../../../../src/providers/aws/api/clients.ts';
import { siteOfBucket } from '../../../../../src/providers/aws/kinds/bucket/location.ts';
import { notificationKind } from '../../../../../src/providers/aws/kinds/notification/index.ts';
import { fakeCall, fakeDeps, SITE } from '../../fake-clients.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

const CALL = fakeCall();
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';
const OTHERS =
  '<TopicConfiguration><Id>t</Id><Topic>arn:aws:sns:eu-west-1:1:t</Topic><Event>s3:ObjectCreated:Put</Event>' +
  '<Filter><S3Key><FilterRule><Name>Prefix</Name><Value> ä &amp; b/</Value></FilterRule>' +
  '<FilterRule><Name>Suffix</Name><Value>01.0</Value></FilterRule></S3Key></Filter></TopicConfiguration>' +
  '<QueueConfiguration><Id>q</Id><Queue>arn:aws:sqs:eu-west-1:1:q</Queue><Event>s3:ObjectRemoved:*</Event>' +
  '<Event>s3:Replication:*</Event></QueueConfiguration>';
const BRIDGE = '<EventBridgeConfiguration></EventBridgeConfiguration>';
const FUNCTION =
  '<CloudFunctionConfiguration><Id>f</Id><CloudFunction>arn:aws:lambda:eu-west-1:1:function:f</CloudFunction>' +
  '<Event>s3:ObjectTagging:*</Event></CloudFunctionConfiguration>';

describe('S3 on the wire', () => {
  let handle: Handler;
  let clients: Clients;
  const server = createServer((request, response) => void handle(request, response));

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vi.stubEnv('AWS_ENDPOINT_URL', url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test-access-key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test-secret-key');
    clients = openClients({ AWS_ENDPOINT_URL: url });
    await clients('s3', SITE);
  });

  afterAll(() => {
    vi.unstubAllEnvs();
    server.close();
  });

  const answering = (status: number, headers: Record<string, string> = {}) => {
    handle = (_request, response) => void response.writeHead(status, headers).end();
    return siteOfBucket(clients, SITE, 'photos', CALL);
  };

  it('tells the region of a bucket by headers', async () => {
    const region = { 'x-amz-bucket-region': 'us-west-2' };
    expect(await answering(200, region)).toEqual({ region: 'us-west-2' });
    expect(await answering(301, region)).toEqual({ region: 'us-west-2' });
    expect(await answering(400, region)).toEqual({ region: 'us-west-2' });
    expect(await answering(404)).toBeUndefined();
    await expect(answering(403, region)).rejects.toMatchObject({ code: 'bucket-foreign' });
    await expect(answering(400)).rejects.toMatchObject({ code: 'aws-failed' });
  });

  it('gets back what others configured, character by character', async () => {
    let stored = `${OTHERS}${FUNCTION}${BRIDGE}`;
    handle = async (request, response) => {
      if (request.method === 'PUT') stored = inner(await text(request));
      const body = `<NotificationConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${stored}</NotificationConfiguration>`;
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(request.method === 'GET' ? body : '');
    };
    const kind = notificationKind(fakeDeps({ clients }));
    const entries = [{ id: 'fdl:shop:resize:0', step: 'resize', function: ARN, prefix: 'in/' }];
    const made = await kind.reconcile({ site: SITE, bucket: 'photos', entries }, CALL);
    expect(parts(stored)).toEqual(expect.arrayContaining(parts(`${OTHERS}${FUNCTION}${BRIDGE}`)));
    expect(stored).toContain(`<CloudFunction>${ARN}</CloudFunction>`);
    await kind.delete(made, CALL);
    expect(parts(stored)).toEqual(parts(`${OTHERS}${FUNCTION}${BRIDGE}`));
  });
});

function inner(xml: string): string {
  return xml
    .replace(/^.*?<NotificationConfiguration[^>]*>/s, '')
    .replace(/<\/NotificationConfiguration>$/, '');
}

/** The entries of a configuration, without an order of their own and of what is in them. */
function parts(xml: string): string[] {
  const whole = xml.replace(/<(\w+)\s*\/>/g, '<$1></$1>');
  const idFirst = (entry: string) => entry.replace(/^(<\w+>)(.+?)(<Id>.*?<\/Id>)/s, '$1$3$2');
  return (whole.match(/<(\w+Configuration)>.*?<\/\1>/gs) ?? []).map(idFirst).sort();
}
