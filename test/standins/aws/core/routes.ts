/** Which operation a path of a REST service means. */

export interface Recognised {
  readonly operation: string;
  /** Decoded parts of the path. */
  readonly params: Readonly<Record<string, string>>;
}

type Route = readonly [method: string, path: string, operation: string];

const FUNCTION = '/functions/{FunctionName}';

/** Without the dates that they begin with. */
const LAMBDA: readonly Route[] = [
  ['POST', '/functions', 'CreateFunction'],
  ['GET', '/functions', 'ListFunctions'],
  ['GET', FUNCTION, 'GetFunction'],
  ['DELETE', FUNCTION, 'DeleteFunction'],
  ['GET', `${FUNCTION}/configuration`, 'GetFunctionConfiguration'],
  ['PUT', `${FUNCTION}/configuration`, 'UpdateFunctionConfiguration'],
  ['PUT', `${FUNCTION}/code`, 'UpdateFunctionCode'],
  ['POST', `${FUNCTION}/invocations`, 'Invoke'],
  ['POST', `${FUNCTION}/versions`, 'PublishVersion'],
  ['GET', `${FUNCTION}/versions`, 'ListVersionsByFunction'],
  ['POST', `${FUNCTION}/policy`, 'AddPermission'],
  ['GET', `${FUNCTION}/policy`, 'GetPolicy'],
  ['DELETE', `${FUNCTION}/policy/{StatementId}`, 'RemovePermission'],
  ['PUT', `${FUNCTION}/concurrency`, 'PutFunctionConcurrency'],
  ['DELETE', `${FUNCTION}/concurrency`, 'DeleteFunctionConcurrency'],
  ['GET', `${FUNCTION}/concurrency`, 'GetFunctionConcurrency'],
  ['PUT', `${FUNCTION}/event-invoke-config`, 'PutFunctionEventInvokeConfig'],
  ['POST', `${FUNCTION}/event-invoke-config`, 'UpdateFunctionEventInvokeConfig'],
  ['GET', `${FUNCTION}/event-invoke-config`, 'GetFunctionEventInvokeConfig'],
  ['DELETE', `${FUNCTION}/event-invoke-config`, 'DeleteFunctionEventInvokeConfig'],
  ['GET', `${FUNCTION}/event-invoke-config/list`, 'ListFunctionEventInvokeConfigs'],
  ['POST', `${FUNCTION}/url`, 'CreateFunctionUrlConfig'],
  ['GET', `${FUNCTION}/url`, 'GetFunctionUrlConfig'],
  ['PUT', `${FUNCTION}/url`, 'UpdateFunctionUrlConfig'],
  ['DELETE', `${FUNCTION}/url`, 'DeleteFunctionUrlConfig'],
  ['GET', `${FUNCTION}/urls`, 'ListFunctionUrlConfigs'],
  ['GET', '/tags/{Resource}', 'ListTags'],
  ['POST', '/tags/{Resource}', 'TagResource'],
  ['DELETE', '/tags/{Resource}', 'UntagResource'],
  ['GET', '/account-settings', 'GetAccountSettings'],
];

const API = '/v2/apis/{ApiId}';

/** Create, list, get, update and delete of a collection. */
function collection(parent: string, path: string, one: string, many: string, id: string): readonly Route[] {
  return [
    ['POST', `${parent}/${path}`, `Create${one}`],
    ['GET', `${parent}/${path}`, `Get${many}`],
    ['GET', `${parent}/${path}/{${id}}`, `Get${one}`],
    ['PATCH', `${parent}/${path}/{${id}}`, `Update${one}`],
    ['DELETE', `${parent}/${path}/{${id}}`, `Delete${one}`],
  ];
}

const HTTP_API: readonly Route[] = [
  ...collection('/v2', 'apis', 'Api', 'Apis', 'ApiId'),
  ...collection(API, 'integrations', 'Integration', 'Integrations', 'IntegrationId'),
  ...collection(API, 'routes', 'Route', 'Routes', 'RouteId'),
  ...collection(API, 'stages', 'Stage', 'Stages', 'StageName'),
  ...collection(API, 'deployments', 'Deployment', 'Deployments', 'DeploymentId'),
  ['GET', '/v2/tags/{ResourceArn}', 'GetTags'],
  ['POST', '/v2/tags/{ResourceArn}', 'TagResource'],
  ['DELETE', '/v2/tags/{ResourceArn}', 'UntagResource'],
];

/** All operations of Batch but those on tags are POSTs to their own names. */
const BATCH_OPERATIONS = [
  ...['CreateComputeEnvironment', 'UpdateComputeEnvironment', 'DeleteComputeEnvironment'],
  ...[
    'DescribeComputeEnvironments',
    'CreateJobQueue',
    'UpdateJobQueue',
    'DeleteJobQueue',
    'DescribeJobQueues',
  ],
  ...['RegisterJobDefinition', 'DeregisterJobDefinition', 'DescribeJobDefinitions'],
  ...['SubmitJob', 'ListJobs', 'DescribeJobs', 'TerminateJob', 'CancelJob'],
];

const BATCH: readonly Route[] = [
  ...BATCH_OPERATIONS.map((name): Route => ['POST', `/v1/${name.toLowerCase()}`, name]),
  ['GET', '/v1/tags/{ResourceArn}', 'ListTagsForResource'],
  ['POST', '/v1/tags/{ResourceArn}', 'TagResource'],
  ['DELETE', '/v1/tags/{ResourceArn}', 'UntagResource'],
];

const ROUTES: Readonly<Record<string, readonly Route[]>> = {
  lambda: LAMBDA,
  apigateway: HTTP_API,
  batch: BATCH,
};

/** The operation of a request to a REST service other than S3; an unknown one is named by method and path. */
export function recogniseRoute(service: string, method: string, path: string): Recognised {
  const plain = service === 'lambda' ? path.replace(/^\/\d{4}-\d\d-\d\d/, '') : path;
  for (const [wanted, template, operation] of ROUTES[service] ?? []) {
    const params = wanted === method ? match(template, plain.replace(/\/$/, '')) : undefined;
    if (params) return { operation, params };
  }
  return { operation: `${method} ${path}`, params: {} };
}

function match(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const pattern = template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const found = new RegExp(`^${pattern}$`).exec(path);
  if (!found) return undefined;
  const parts = Object.entries(found.groups ?? {});
  return Object.fromEntries(parts.map(([name, value]) => [name, decodeURIComponent(value)]));
}
