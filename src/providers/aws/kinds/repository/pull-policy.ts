/** The policy of a repository of ECR that lets functions of its account run its images. Pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Arn } from '../../api/tagged.ts';

interface Statement {
  readonly Sid?: string;
  readonly [field: string]: unknown;
}

interface Policy {
  readonly Version?: string;
  readonly Statement?: readonly Statement[] | Statement;
  readonly [field: string]: unknown;
}

const SID = 'FdlLambdaPull';

/** Rule: what AWS Lambda needs to run an image of a repository in its own account and region. */
function pullStatement({ partition, region, account }: Arn): Statement {
  return {
    Sid: SID,
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    Condition: {
      StringLike: { 'aws:sourceArn': `arn:${partition}:lambda:${region}:${account}:function:*` },
    },
  };
}

/** Whether the policy has our statement, given the ARN of the repository. */
export function allowsPull(policy: string | undefined, repository: Arn): boolean {
  const wanted = arranged(pullStatement(repository));
  return statementsOf(read(policy)).some((statement) => isDeepStrictEqual(arranged(statement), wanted));
}

/** The policy with our statement in it, and all others as they are. */
export function withPull(policy: string | undefined, repository: Arn): string {
  const found = read(policy);
  const others = statementsOf(found).filter(({ Sid }) => Sid !== SID);
  return JSON.stringify({
    Version: '2012-10-17',
    ...found,
    Statement: [...others, pullStatement(repository)],
  });
}

function read(policy: string | undefined): Policy {
  return policy === undefined || policy === '' ? {} : JSON.parse(policy);
}

function statementsOf({ Statement = [] }: Policy): readonly Statement[] {
  return [Statement].flat() as readonly Statement[];
}

/** AWS gives a list of one as its only element, and lists in any order. */
function arranged(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? value[0] : [...value].sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, arranged(each)]));
}
