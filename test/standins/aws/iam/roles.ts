/**
 * Roles as services see them: they exist, are old enough, trust the service, and permit this or that. Rules:
 * CreateServiceLinkedRole in IAM's API reference; "Changes that I make are not always immediately visible" in its
 * user guide.
 */
import { createHash } from 'node:crypto';
import { afterwards, type Reply, type Rules, xml } from '../core/api.ts';
import type { Clock } from '../core/clock.ts';
import { AwsFault } from '../core/fault.ts';
import type { Answer } from '../core/moto-client.ts';
import type { World } from '../core/world.ts';
import { findAll, textAt } from '../core/xml.ts';
import type { PathOf, Surroundings } from './needs.ts';
import { type PolicyStatement, permits, statementsOf, trusted } from './policy.ts';
import { openRightBook, type Right, type RightBook } from './right-book.ts';

/** Keys that a role's sessions sign with. */
export interface RoleKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

export interface Roles extends Surroundings {
  /** Whether a service may take on the role by now. */
  isAssumable(arn: string, service: string, context?: Readonly<Record<string, string>>): Promise<boolean>;
  /** Whether the role's policies permit an action. */
  may(arn: string, action: string, resource: string): Promise<boolean>;
  /** How far an instance profile is, given its name or ARN. */
  profile(named: string): Promise<'missing' | 'fresh' | 'ready'>;
  /** The path of a role or an instance profile; nothing if there is none. */
  readonly pathOf: PathOf;
  keys(arn: string): RoleKeys;
  /** Rights that were given so far, and whether anything needed them. */
  rightsOfRoles(): readonly Right[];
  /** The role whose keys these are, if any. */
  ofKey(accessKeyId: string): string | undefined;
  readonly rules: Rules;
}

/** Roles that moto keeps. */
export function openRoles({ moto, settings, clock }: World): Roles {
  const made = new Map<string, number>();
  const keys = new Map<string, string>();
  const book = openRightBook();
  const ask = (Action: string, fields: Record<string, string>) =>
    moto.ask({ service: 'iam', region: 'us-east-1', form: { Action, Version: '2010-05-08', ...fields } });
  const fresh = (name: string) => clock.now() < (made.get(name) ?? 0) + settings.delays.role;
  return {
    isAssumable: async (arn, service, context) => {
      const name = nameOf(arn);
      const answer = await ask('GetRole', { RoleName: name });
      if (!answer.ok || fresh(name) || textOf(answer, 'Arn') !== arn) return false;
      const document = decodeURIComponent(textOf(answer, 'AssumeRolePolicyDocument') ?? '{}');
      return trusted(document, context).includes(service);
    },
    may: async (arn, action, resource) => {
      book.ask(nameOf(arn), action, resource);
      return permits(await statementsFor(ask, nameOf(arn)), action, resource);
    },
    rightsOfRoles: book.all,
    profile: async (named) => {
      const InstanceProfileName = nameOf(named);
      const answer = await ask('GetInstanceProfile', { InstanceProfileName });
      if (!answer.ok || findAll(answer.xml(), 'RoleName').length === 0) return 'missing';
      return fresh(`profile ${InstanceProfileName}`) ? 'fresh' : 'ready';
    },
    pathOf: async (kind, name) => {
      const isRole = kind === 'role';
      const answer = isRole
        ? await ask('GetRole', { RoleName: name })
        : await ask('GetInstanceProfile', { InstanceProfileName: name });
      return answer.ok ? textOf(answer, 'Path') : undefined;
    },
    boundaryOf: async (RoleName) => {
      const answer = await ask('GetRole', { RoleName });
      return answer.ok ? textOf(answer, 'PermissionsBoundaryArn') : undefined;
    },
    templateTags: async (template, region) => {
      const by = template.startsWith('lt-') ? 'LaunchTemplateId.1' : 'LaunchTemplateName.1';
      const form = { Action: 'DescribeLaunchTemplates', Version: '2016-11-15', [by]: template };
      const answer = await moto.ask({ service: 'ec2', region, form });
      const sets = answer.ok ? findAll(answer.xml(), 'tagSet') : [];
      const items = sets.flatMap((set) => findAll(set, 'item'));
      return Object.fromEntries(
        items.map((item) => [textAt(item, 'key') ?? '', textAt(item, 'value') ?? '']),
      );
    },
    keys: (arn) => {
      const mine = keysOf(arn);
      keys.set(mine.accessKeyId, arn);
      return mine;
    },
    ofKey: (accessKeyId) => keys.get(accessKeyId),
    rules: roleRules(ask, made, clock, book),
  };
}

function keysOf(arn: string): RoleKeys {
  const hash = createHash('sha256').update(arn).digest('hex').toUpperCase();
  const [secretAccessKey, sessionToken] = ['secret', 'session'].map(
    (what) => `${what}-of-${hash.slice(0, 32)}`,
  );
  return { accessKeyId: `ASIA${hash.slice(0, 16)}`, secretAccessKey, sessionToken } as RoleKeys;
}

/** Remembers when roles and profiles were made, and what roles may. */
function roleRules(ask: Ask, made: Map<string, number>, clock: Clock, book: RightBook): Rules {
  return {
    'iam:CreateServiceLinkedRole': async ({ params }, next) => {
      const service: string = params['AWSServiceName'];
      const role = SERVICE_ROLES[service];
      return role === undefined ? next() : createServiceRole(ask, service, role);
    },
    'iam:CreateRole': afterwards(({ params }) => made.set(params['RoleName'], clock.now())),
    'iam:AddRoleToInstanceProfile': afterwards(({ params }) =>
      made.set(`profile ${params['InstanceProfileName']}`, clock.now()),
    ),
    'iam:PutRolePolicy': afterwards(({ params }) =>
      book.grant(params['RoleName'], statementsOf(params['PolicyDocument'])),
    ),
    'iam:DeleteRole': afterwards(({ params }) => made.delete(params['RoleName'])),
  };
}

/** Roles of services, one in an account: moto would name them otherwise. */
const SERVICE_ROLES: Readonly<Record<string, string>> = {
  'batch.amazonaws.com': 'AWSServiceRoleForBatch',
  'spot.amazonaws.com': 'AWSServiceRoleForEC2Spot',
};

async function createServiceRole(ask: Ask, service: string, role: string): Promise<Reply> {
  if ((await ask('GetRole', { RoleName: role })).ok) {
    throw new AwsFault('InvalidInput', `Service role name ${role} has been taken in this account`);
  }
  const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const Path = `/aws-service-role/${service}/`;
  const { body, status } = await ask('CreateRole', { RoleName: role, Path, AssumeRolePolicyDocument });
  return xml(body.toString().replaceAll('CreateRoleRes', 'CreateServiceLinkedRoleRes'), status);
}

type Ask = (action: string, fields: Record<string, string>) => Promise<Answer>;

function nameOf(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}

function textOf(answer: Answer, name: string): string | undefined {
  return findAll(answer.xml(), name)[0]?.text.trim();
}

async function statementsFor(ask: Ask, RoleName: string): Promise<readonly PolicyStatement[]> {
  const [inline, attached] = await Promise.all([
    ask('ListRolePolicies', { RoleName }),
    ask('ListAttachedRolePolicies', { RoleName }),
  ]);
  if (!inline.ok || !attached.ok) return [];
  const names = findAll(findAll(inline.xml(), 'PolicyNames')[0], 'member').map(({ text }) => text.trim());
  const arns = findAll(attached.xml(), 'PolicyArn').map(({ text }) => text.trim());
  const documents = await Promise.all([
    ...names.map(async (PolicyName) => inlineDocument(await ask('GetRolePolicy', { RoleName, PolicyName }))),
    ...arns.map((arn) => managedDocument(ask, arn)),
  ]);
  return documents.flatMap(statementsOf);
}

function inlineDocument(answer: Answer): string {
  return answer.ok ? decodeURIComponent(textOf(answer, 'PolicyDocument') ?? '{}') : '{}';
}

async function managedDocument(ask: Ask, PolicyArn: string): Promise<string> {
  const policy = await ask('GetPolicy', { PolicyArn });
  const VersionId = policy.ok ? textAt(findAll(policy.xml(), 'Policy')[0], 'DefaultVersionId') : undefined;
  if (!VersionId) return '{}';
  const version = await ask('GetPolicyVersion', { PolicyArn, VersionId });
  return version.ok ? decodeURIComponent(findAll(version.xml(), 'Document')[0]?.text.trim() ?? '{}') : '{}';
}
