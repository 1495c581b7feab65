/** Policies in words: what a role may do, for people who read a plan. */
import type { Props } from '../../deploy/resource.ts';
import type { PolicyStatement } from './kinds/role/policy-document.ts';
import type { RoleProps } from './kinds/role/properties.ts';

type Words = (resources: readonly string[]) => string;

/** What groups of actions mean; the first group that has all actions of a statement counts. */
const MEANINGS: readonly (readonly [actions: readonly string[], words: Words])[] = [
  [['s3:ListBucket'], (all) => `list ${objects(all)}`],
  [['s3:GetObject'], (all) => `read ${objects(all)}`],
  [['s3:PutObject', 's3:AbortMultipartUpload'], (all) => `write ${objects(all)}`],
  [['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], (all) => `read and write ${objects(all)}`],
  [['s3:GetObject', 's3:DeleteObject'], (all) => `read and delete ${objects(all)}`],
  [['logs:CreateLogStream', 'logs:PutLogEvents'], () => 'write its log'],
  [['ssm:GetParameter'], () => 'read its secrets'],
  [['lambda:InvokeFunction'], (all) => `call the function ${names(all)}`],
  [['batch:SubmitJob'], () => 'submit its jobs'],
  [['batch:ListJobs'], () => 'list jobs'],
  [['sqs:SendMessage'], (all) => `send to the queue ${names(all)}`],
  [['sns:Publish'], (all) => `send to the topic ${names(all)}`],
  [['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'], () => 'use its file system'],
  [['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], () => 'use the keys of its buckets'],
  [
    ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    () => 'pull its images',
  ],
];

/** Phrases of one sentence: `may read s3://in/a/*`, `write its log`. */
export function rightsInWords({ statements, managedPolicies = [], boundary }: RoleProps): readonly string[] {
  const rights = [
    ...statements.map((each) => statementInWords(each)),
    ...managedPolicies.map((arn) => `do what ${nameOf(arn)} permits`),
  ];
  const unique = [...new Set(rights)].map((right, index) => (index === 0 ? `may ${right}` : right));
  return boundary === undefined ? unique : [...unique, `within ${nameOf(boundary)}`];
}

/** What one statement permits; `(none)` where there is none. */
export function statementInWords(statement: Props | PolicyStatement | undefined): string {
  if (!statement) return '(none)';
  const { Action = [], Resource = [] } = statement as Partial<PolicyStatement>;
  const [actions, resources] = [[Action].flat(), [Resource].flat()];
  const known = MEANINGS.find(([group]) => actions.every((action) => group.includes(action)));
  if (known) return known[1](resources);
  if (actions.every((action) => action.startsWith('ecs:') || action === 'ecr:GetAuthorizationToken'))
    return 'run jobs for its queue';
  const where = resources.includes('*') ? '' : ` on ${names(resources)}`;
  return `${actions.join(', ')}${where}`;
}

function objects(arns: readonly string[]): string {
  return arns.map((arn) => arn.replace(/^arn:[\w-]+:s3:::/, 's3://')).join(', ');
}

function names(arns: readonly string[]): string {
  return arns.map(nameOf).join(', ');
}

/** What stands behind the account in an ARN: `function:shop-catch`. */
function nameOf(arn: string): string {
  const name = arn.split(':').slice(5).join(':') || arn;
  return name.replace(/^(function|policy)[:/]/, '');
}
