/** Keeps calls with a role's keys to what the role's policies permit. */
import { type ApiRequest, type Next, type Rules, settled } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT } from '../core/world.ts';
import type { Roles } from './roles.ts';

/** Actions of S3 that are named otherwise than their operations. */
const S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  HeadBucket: 'ListBucket',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  CopyObject: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
  DeleteObjects: 'DeleteObject',
};

/** Rules that refuse what the caller's role does not permit. Callers who are no role may do everything. */
export function enforcementRules(roles: Roles): Rules {
  const rule = async (request: ApiRequest, next: Next) => {
    const role = roles.ofKey(request.caller);
    if (request.caller.startsWith('ASIA') && role === undefined) {
      throw new AwsFault(
        'InvalidClientTokenId',
        'The security token included in the request is invalid.',
        403,
      );
    }
    if (role === undefined) return next();
    await check(roles, role, request);
    const reply = await next();
    if (reply.status !== 404 || !hidesMissing(request)) return reply;
    const missing = await settled(reply);
    // Who may not list a bucket is not told what it does not have.
    if (await roles.may(role, 's3:ListBucket', `arn:aws:s3:::${request.params['Bucket']}`)) return missing;
    throw new AwsFault('AccessDenied', 'Access Denied', 403);
  };
  const services = ['s3', 'ssm', 'logs', 'lambda', 'batch', 'ecr', 'sqs', 'sns', 'iam', 'ec2', 'tagging'];
  return Object.fromEntries(services.map((service) => [`${service}:*`, rule]));
}

function hidesMissing({ service, operation }: ApiRequest): boolean {
  return service === 's3' && (operation === 'GetObject' || operation === 'HeadObject');
}

async function check(roles: Roles, role: string, request: ApiRequest): Promise<void> {
  const { service, headers, query } = request;
  if (!headers['x-amz-security-token'] && !query.has('X-Amz-Security-Token')) {
    throw new AwsFault('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  }
  for (const { action, resource } of needed(request)) {
    if (await roles.may(role, action, resource)) continue;
    const message = `User: ${role.replace(':role/', ':assumed-role/')} is not authorized to perform: ${action} on resource: ${resource}`;
    throw new AwsFault(
      service === 's3' ? 'AccessDenied' : 'AccessDeniedException',
      message,
      service === 's3' ? 403 : 400,
    );
  }
}

interface Need {
  readonly action: string;
  readonly resource: string;
}

/** What a call needs to be allowed. */
export function needed({ service, operation, params, region, headers }: ApiRequest): readonly Need[] {
  if (service === 's3')
    return neededOfS3(operation, params['Bucket'], params['Key'], headers['x-amz-copy-source']);
  const arn = (resource: string) => `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
  if (service === 'ssm') return neededOfSsm(operation, params, arn);
  if (service === 'lambda') {
    const action = operation === 'Invoke' ? 'lambda:InvokeFunction' : `lambda:${operation}`;
    const name = String(params['FunctionName'] ?? '*');
    return [{ action, resource: name.startsWith('arn:') ? name : arn(`function:${name}`) }];
  }
  if (service === 'batch' && operation === 'SubmitJob') {
    // Rule: required resource types of `SubmitJob` in the Service Authorization Reference.
    const names = [
      ['job-queue', params['jobQueue']],
      ['job-definition', params['jobDefinition']],
      ['job', 'new'],
    ] as const;
    return names.map(([kind, name]) => ({
      action: 'batch:SubmitJob',
      resource: String(name).startsWith('arn:') ? name : arn(`${kind}/${name}`),
    }));
  }
  if (service === 'logs')
    return [{ action: `logs:${operation}`, resource: arn(`log-group:${params['logGroupName']}:*`) }];
  return [{ action: `${service === 'tagging' ? 'tag' : service}:${operation}`, resource: '*' }];
}

function neededOfSsm(
  operation: string,
  params: ApiRequest['params'],
  arn: (resource: string) => string,
): readonly Need[] {
  const names: readonly string[] = params['Names'] ?? [params['Name'] ?? params['Path'] ?? '*'];
  return names.map((name) => ({
    action: `ssm:${operation}`,
    resource: arn(`parameter/${name.replace(/^\//, '')}`),
  }));
}

function neededOfS3(operation: string, bucket = '', key?: string, source?: string): readonly Need[] {
  const action = `s3:${S3_ACTIONS[operation] ?? operation}`;
  const object = key ?? (operation === 'DeleteObjects' ? '*' : undefined);
  const own = { action, resource: `arn:aws:s3:::${bucket}${object === undefined ? '' : `/${object}`}` };
  if (source === undefined) return [own];
  const read = {
    action: 's3:GetObject',
    resource: `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, '')}`,
  };
  return [read, own];
}
