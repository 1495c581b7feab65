/** How the stand-in of AWS reads calls and answers them. */
import { describe, expect, it } from 'vitest';
import type { Call } from './aws/core/api.ts';
import { openFailures } from './aws/core/failures.ts';
import { AwsFault, codeOf, faultReply } from './aws/core/fault.ts';
import { isMutating, scopeOf } from './aws/core/recognise.ts';
import { recogniseRoute } from './aws/core/routes.ts';
import { recogniseS3 } from './aws/core/s3-operation.ts';
import { openWork } from './aws/core/work.ts';
import { findAll, parseXml, textAt } from './aws/core/xml.ts';

describe('the stand-in of AWS recognises', () => {
  it.each([
    ['lambda', 'POST', '/2015-03-31/functions', 'CreateFunction', {}],
    ['lambda', 'GET', '/2015-03-31/functions/f/policy', 'GetPolicy', { FunctionName: 'f' }],
    ['lambda', 'GET', '/2017-03-31/tags/arn%3Aaws%3Alambda', 'ListTags', { Resource: 'arn:aws:lambda' }],
    ['lambda', 'GET', '/2016-08-19/account-settings/', 'GetAccountSettings', {}],
    ['apigateway', 'PATCH', '/v2/apis/a/routes/r', 'UpdateRoute', { ApiId: 'a', RouteId: 'r' }],
    ['batch', 'POST', '/v1/submitjob', 'SubmitJob', {}],
    ['batch', 'PUT', '/v1/unknown', 'PUT /v1/unknown', {}],
  ])('%s %s %s', (service, method, at, operation, params) => {
    expect(recogniseRoute(service, method, at)).toEqual({ operation, params });
  });

  it.each([
    ['GET', '/', 'ListBuckets'],
    ['PUT', '/b', 'CreateBucket'],
    ['HEAD', '/b/', 'HeadBucket'],
    ['GET', '/b?list-type=2', 'ListObjectsV2'],
    ['PUT', '/b?notification=', 'PutBucketNotificationConfiguration'],
    ['DELETE', '/b?lifecycle', 'DeleteBucketLifecycle'],
    ['POST', '/b?delete', 'DeleteObjects'],
    ['PUT', '/b/k?x-id=PutObject', 'PutObject'],
    ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
    ['HEAD', '/b/k', 'HeadObject'],
  ])('s3 %s %s', (method, target, operation) => {
    const [at = '', search] = target.split('?');
    expect(recogniseS3(method, at, new URLSearchParams(search), {}).operation).toBe(operation);
  });

  it('buckets and keys', () => {
    const found = recogniseS3('PUT', '/b/a%20b//c%2Fd', new URLSearchParams(), { 'x-amz-copy-source': 'x' });
    expect(found).toEqual({ operation: 'CopyObject', params: { Bucket: 'b', Key: 'a b//c/d' } });
  });

  it('who signed a request for what', () => {
    const none = new URLSearchParams();
    const header =
      'AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/ecr/aws4_request, SignedHeaders=host, Signature=0f';
    expect(scopeOf(header, none)).toEqual({ caller: 'AK', region: 'eu-west-1', service: 'ecr' });
    expect(scopeOf(header.replace(/, Signature=.*/, ''), none)).toBeUndefined();
    expect(scopeOf(header.replace('AWS4', 'AWS3'), none)).toBeUndefined();
    const presigned =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK/1/r/s3/aws4_request&X-Amz-Signature=0';
    expect(scopeOf(undefined, new URLSearchParams(presigned))).toMatchObject({ service: 's3' });
  });

  it('what changes something', () => {
    const reading = ['GetPolicy', 'ListTags', 'DescribeJobs', 'HeadObject', 'FilterLogEvents', 'GET /x'];
    const changing = ['CreateBucket', 'Invoke', 'SubmitJob', 'PutObject', 'BatchDeleteImage', 'POST /x'];
    expect(reading.filter(isMutating)).toEqual([]);
    expect(changing.filter(isMutating)).toEqual(changing);
  });
});

describe('the stand-in of AWS', () => {
  it('tells errors in the protocol of each service', () => {
    const fault = new AwsFault('Some.Code', 'a < b', 409);
    for (const service of ['s3', 'iam', 'ec2', 'lambda', 'ssm']) {
      const reply = faultReply(fault, service, 'GET');
      expect([service, reply.status, codeOf({ ...reply, body: reply.body as Buffer })]).toEqual([
        service,
        409,
        'Some.Code',
      ]);
    }
    expect(faultReply(fault, 's3', 'HEAD').body).toHaveLength(0);
    expect(String(faultReply(fault, 's3', 'GET').body)).toContain('a &lt; b');
  });

  it('reads XML', () => {
    const root = parseXml(
      '<?xml version="1.0"?><a:R x="1"><!-- c --><B><C>1 &amp; &#x41;</C></B><B/><C> 2 </C></a:R>',
    );
    expect([root.name, textAt(root, 'B', 'C'), textAt(root, 'C'), textAt(root, 'D')]).toEqual([
      'R',
      '1 & A',
      '2',
      undefined,
    ]);
    expect(findAll(root, 'C')).toHaveLength(2);
    for (const broken of ['', '<a>', '<a></b>', 'text'])
      expect(() => parseXml(broken)).toThrow(/well-formed/);
  });

  it('plans failures by name, after others, and several times', () => {
    const failures = openFailures();
    const call = (service: string, operation: string) =>
      failures.take({ service, operation, mutating: isMutating(operation) } as Call)?.code;
    failures.failNext('s3:*', { code: 'A', skip: 1, times: 2 });
    failures.failCall(2, { failure: { code: 'B' }, mutating: true });
    const codes = [
      call('s3', 'GetObject'),
      call('iam', 'GetRole'),
      call('s3', 'PutObject'),
      call('s3', 'GetObject'),
      call('iam', 'CreateRole'),
    ];
    expect(codes).toEqual([undefined, undefined, 'A', 'A', 'B']);
    failures.failNext('*', { code: 'C' });
    failures.clear();
    expect(call('s3', 'PutObject')).toBeUndefined();
  });

  it('waits for work that starts other work', async () => {
    const work = openWork();
    const done: string[] = [];
    await work.idle();
    work.start(async () => {
      await Promise.resolve();
      work.start(async () => void done.push('second'));
      throw new Error('first');
    });
    await work.idle();
    expect(done).toEqual(['second']);
  });
});
