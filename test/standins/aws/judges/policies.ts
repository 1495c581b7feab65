/** Policy documents in requests, and what the judge of policies says about them. */
import { ACCOUNT } from '../core/world.ts';
import type { Breach } from './constraints.ts';

type Input = Readonly<Record<string, unknown>>;

export interface Policy {
  /** The member that has it. */
  readonly member: string;
  readonly document: string;
}

/** Members that are policies. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  'iam:CreateRole': 'AssumeRolePolicyDocument',
  'iam:UpdateAssumeRolePolicy': 'PolicyDocument',
  'iam:PutRolePolicy': 'PolicyDocument',
  'iam:CreatePolicy': 'PolicyDocument',
  'ecr:SetRepositoryPolicy': 'policyText',
  's3:PutBucketPolicy': 'Policy',
};

/** The policies that a call carries or, as a permission of a function does, adds to. */
export function policiesIn(name: string, input: Input, region: string): readonly Policy[] {
  const member = DOCUMENTS[name];
  if (member !== undefined && typeof input[member] === 'string') return [{ member, document: input[member] }];
  const attributes = input['Attributes'] as Input | undefined;
  if (/^sqs:(CreateQueue|SetQueueAttributes)$/.test(name) && typeof attributes?.['Policy'] === 'string') {
    return [{ member: 'Attributes.Policy', document: attributes['Policy'] }];
  }
  if (name !== 'lambda:AddPermission') return [];
  return [{ member: 'the statement', document: permissionPolicy(input, region) }];
}

/** The statement that a permission becomes. Rule: what `GetPolicy` answers after each kind of permission. */
function permissionPolicy(input: Input, region: string): string {
  const { Action, Principal, FunctionName, SourceArn, SourceAccount } = input;
  const { FunctionUrlAuthType, InvokedViaFunctionUrl } = input;
  const name = String(FunctionName);
  const Resource = name.startsWith('arn:') ? name : `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
  const isService = String(Principal).endsWith('.amazonaws.com');
  const Condition = {
    ...(SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
    ...((SourceAccount !== undefined || FunctionUrlAuthType !== undefined) && {
      StringEquals: {
        ...(SourceAccount !== undefined && { 'AWS:SourceAccount': SourceAccount }),
        ...(FunctionUrlAuthType !== undefined && { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
      },
    }),
    ...(InvokedViaFunctionUrl !== undefined && {
      Bool: { 'lambda:InvokedViaFunctionUrl': String(InvokedViaFunctionUrl) },
    }),
  };
  const statement = {
    ...{ Effect: 'Allow', Action, Resource },
    Principal: isService ? { Service: Principal } : Principal === '*' ? '*' : { AWS: Principal },
    ...(Object.keys(Condition).length > 0 && { Condition }),
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

const asked = new Map<string, Promise<readonly (readonly [rule: string, says: string])[]>>();

/** What the judge at `url` says about a policy; each document is asked for once. */
export async function policyBreaches(url: string, { member, document }: Policy): Promise<readonly Breach[]> {
  const verdict = asked.get(document) ?? ask(url, document);
  asked.set(document, verdict);
  return (await verdict).map(([rule, says]) => ({
    member,
    value: document,
    rule,
    says: `${says}; parliament, by the Service Authorization Reference`,
  }));
}

async function ask(url: string, body: string): Promise<readonly (readonly [string, string])[]> {
  const response = await fetch(url, { method: 'POST', body });
  return (await response.json()) as readonly (readonly [string, string])[];
}
