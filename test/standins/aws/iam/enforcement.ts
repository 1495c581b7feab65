/**
 * Keeps calls with a role's keys, or with those of whoever deploys, to what policies permit. Rules: "Policy
 * evaluation logic" in IAM's user guide.
 */
import { type ApiRequest, type Next, type Rules, settled } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT } from '../core/world.ts';
import { type Need, needed } from './needs.ts';
import { type PolicyStatement, permits } from './policy.ts';
import type { Roles } from './roles.ts';

/** Keys of a user who may do no more than policies say. */
export const DEPLOYER_KEYS = { accessKeyId: 'AKIADEPLOYER', secretAccessKey: 'secret-of-deployer' } as const;

/** What the deploying user may do, and what was asked of them. */
export interface Deployer {
  statements: readonly PolicyStatement[];
  readonly needs: Need[];
}

/** Rules that refuse what the caller is not permitted. Callers who are neither a role nor the deployer may do everything. */
export function enforcementRules(roles: Roles, deployer: Deployer): Rules {
  const rule = async (request: ApiRequest, next: Next) => {
    if (request.caller === DEPLOYER_KEYS.accessKeyId) return deploy(roles, deployer, request, next);
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
  const services = [
    ...['s3', 'ssm', 'logs', 'lambda', 'batch', 'ecr', 'sqs', 'sns', 'iam', 'ec2', 'tagging'],
    ...['apigateway', 'kms', 'sts'],
  ];
  return Object.fromEntries(services.map((service) => [`${service}:*`, rule]));
}

async function deploy(roles: Roles, deployer: Deployer, request: ApiRequest, next: Next) {
  for (const need of await needed(request, roles)) {
    deployer.needs.push(need);
    if (!permits(deployer.statements, need.action, need.resource, need.passedTo, need.context))
      throw denied(`arn:aws:iam::${ACCOUNT}:user/deployer`, need, request.service);
  }
  return next();
}

function hidesMissing({ service, operation }: ApiRequest): boolean {
  return service === 's3' && (operation === 'GetObject' || operation === 'HeadObject');
}

async function check(roles: Roles, role: string, request: ApiRequest): Promise<void> {
  const { service, headers, query } = request;
  if (!headers['x-amz-security-token'] && !query.has('X-Amz-Security-Token')) {
    throw new AwsFault('InvalidClientTokenId', 'The security token included in the request is invalid.', 403);
  }
  for (const need of await needed(request, roles)) {
    if (await roles.may(role, need.action, need.resource)) continue;
    throw denied(role.replace(':role/', ':assumed-role/'), need, service);
  }
}

function denied(who: string, { action, resource }: Need, service: string): AwsFault {
  const message = `User: ${who} is not authorized to perform: ${action} on resource: ${resource}`;
  return DENIED[service]
    ? new AwsFault(DENIED[service], message, 403)
    : new AwsFault('AccessDeniedException', message);
}

/** Codes by service, where they are not `AccessDeniedException`. Rule: the common errors in the API references. */
const DENIED: Readonly<Record<string, string>> = {
  s3: 'AccessDenied',
  iam: 'AccessDenied',
  ec2: 'UnauthorizedOperation',
};
