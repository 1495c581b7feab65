/** What the objects of a workflow are called on AWS: the same from every machine. */

/** The log group of a function. */
export function logGroupName(functionName: string): string {
  return `/aws/lambda/${functionName}`;
}

/** Path of all roles of a workflow in a region: roles cannot be listed by tags. */
export function rolePath(workflow: string, region: string): string {
  return `/fdl/${workflow}/${region}/`;
}

/** Characters that the name of a role may have. Rule: IAM's quotas. */
const LONGEST_ROLE = 64;

/** The role of a step. Roles belong to all regions, so the name says its region. */
export function roleName(workflow: string, step: string, region: string): string {
  return cut(`${workflow}-${step}-${region}`, LONGEST_ROLE);
}

/** The parameter that holds the secrets of a step. */
export function parameterName(workflow: string, step: string): string {
  return `/fdl/${workflow}/${step}`;
}

/**
 * The repository for the images of a workflow. Its names are lower-case words with single marks between them; a hash
 * keeps names apart that become equal so. Rule: ECR's API, CreateRepository.
 */
export function repositoryName(workflow: string): string {
  const plain = workflow
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, (marks) => (marks.length === 1 ? marks : '-'))
    .replace(/^[_-]|[_-]$/g, '');
  return plain === workflow ? `fdl/${plain}` : `fdl/${plain ? `${plain}-` : ''}${hash(workflow)}`;
}

/** The registry of an account in a region. */
export function registryHost(account: string, region: string, partition: string): string {
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `${account}.dkr.ecr.${region}.${domain}`;
}

/** Ids of the statements in a function's policy by which others may call it. */
export const STATEMENT = {
  url: 'fdl-url',
  urlInvoke: 'fdl-url-invoke',
  httpApi: 'fdl-http-api',
  bucket: (bucket: string) => `fdl-s3-${hash(bucket)}`,
} as const;

/** Id of a resource that belongs to a function: a statement of its policy. */
export function statementName(functionName: string, statementId: string): string {
  return `${functionName}/${statementId}`;
}

/** Characters that names of functions and of Batch's objects may have. Rules: Lambda's and Batch's APIs. */
const LONGEST_FUNCTION = 64;
const LONGEST_BATCH = 128;

/** The role of what stands beside the function of a step, such as its jobs. */
export function partRoleName(
  workflow: string,
  step: string,
  region: string,
  part: 'job' | 'gateway' | 'execution',
): string {
  return cut(`${workflow}-${step}-${region}-${part}`, LONGEST_ROLE);
}

/** The role of the machines of a workflow in a region, and the profile that gives it to them. */
export function instancesName(workflow: string, region: string): string {
  return cut(`${workflow}-${region}-instances`, LONGEST_ROLE);
}

/** The log group of a step's jobs. */
export function jobLogGroupName(workflow: string, step: string): string {
  return `/aws/batch/fdl/${workflow}/${step}`;
}

/** The function that passes on to AWS Batch what a step's own function failed on. */
export function catcherName(step: string): string {
  return cut(`${step}-gateway`, LONGEST_FUNCTION);
}

/** The queue of steps that share machines, named after the first of them, and the launch template of the machines. */
export function queueName(workflow: string, firstStep: string): string {
  return cut(`${legalForBatch(workflow)}-${firstStep}`, LONGEST_BATCH);
}

/** Names of Batch begin with a letter or a digit, those of workflows may begin with `_`. */
function legalForBatch(workflow: string): string {
  return workflow.startsWith('_') ? `w${workflow}` : workflow;
}

/** A compute environment: named after its queue and all that it could not change while it exists. */
export function environmentName(workflow: string, queue: string, fixed: unknown): string {
  const tail = hash(JSON.stringify([queue, fixed]));
  return `${legalForBatch(workflow).slice(0, LONGEST_BATCH - tail.length - 1)}-${tail}`;
}

/** The bucket of an account in a region that fdl itself works with. */
export function deploymentBucketName(account: string, region: string): string {
  return `fdl-${account}-${region}`;
}

/** A name that is too long ends with a hash of all of it. */
function cut(full: string, longest: number): string {
  return full.length <= longest ? full : `${full.slice(0, longest - 9)}-${hash(full)}`;
}

function hash(text: string): string {
  // Loaded here only: `validate` looks at names, and few of them are too long.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
