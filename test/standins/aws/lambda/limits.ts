/** What AWS Lambda refuses in a function's settings, by themselves. Rule: the API reference of CreateFunction. */
import type { Params } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';

const MOST_ENVIRONMENT = 4096;
const NAME = /^[a-zA-Z0-9-_]{1,64}$/;
const VARIABLE = /^[a-zA-Z]([a-zA-Z0-9_])+$/;
/** Variables that Lambda itself sets. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;
const RUNTIMES =
  /^(nodejs(22|24)\.x|python3\.(11|12|13|14)|provided\.al2023|java(21|25)|ruby3\.[34]|dotnet(8|10))$/;

type Range = readonly [field: string, least: number, most: number, value: unknown];

/**
 * Checks the settings of CreateFunction or UpdateFunctionConfiguration.
 * @throws AwsFault
 */
export function checkSettings(params: Params): void {
  const ranges: readonly Range[] = [
    ['memorySize', 128, 10_240, params['MemorySize']],
    ['timeout', 1, 900, params['Timeout']],
    ['ephemeralStorage.size', 512, 10_240, params['EphemeralStorage']?.Size],
  ];
  for (const range of ranges) checkRange(range);
  if ((params['Description'] ?? '').length > 256)
    throw validation('description', 'length less than or equal to 256');
  checkEnvironment(params['Environment']?.Variables ?? {});
  checkLogging(params['LoggingConfig'] ?? {});
  checkFileSystems(params['FileSystemConfigs'] ?? [], params['VpcConfig']);
}

/**
 * Checks what only CreateFunction is given.
 * @throws AwsFault
 */
export function checkNew(params: Params): void {
  const { FunctionName, PackageType = 'Zip', Runtime, Handler, Code = {}, Tags = {} } = params;
  if (!NAME.test(FunctionName ?? ''))
    throw validation('functionName', 'a name of 1 to 64 letters, digits, - and _');
  if (Object.keys(Tags).length > 50) throw validation('tags', 'length less than or equal to 50');
  checkTagNames(Tags);
  if (PackageType === 'Image') {
    if (Runtime || Handler)
      throw parameter('Runtime and Handler are not supported for functions created with container images.');
    if (!Code.ImageUri) throw parameter('Please provide an ImageUri for a function of package type Image.');
    return;
  }
  if (!Runtime || !Handler)
    throw parameter(
      'Runtime and Handler are mandatory parameters for functions created with deployment packages.',
    );
  if (!RUNTIMES.test(Runtime)) {
    throw parameter(
      `The runtime parameter of ${Runtime} is no longer supported for creating or updating AWS Lambda functions.`,
    );
  }
  if (Code.ImageUri) throw parameter('Please do not provide ImageUri when the package type is Zip.');
}

export function checkTagNames(tags: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(tags)) {
    const legal =
      /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u.test(key) &&
      /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u.test(value);
    if (!legal) throw parameter(`The tag ${key}=${value} is not valid.`);
  }
}

function checkRange([field, least, most, value]: Range): void {
  if (value === undefined || value === null) return;
  if (!Number.isInteger(value) || Number(value) < least)
    throw validation(field, `value greater than or equal to ${least}`, value);
  if (Number(value) > most) throw validation(field, `value less than or equal to ${most}`, value);
}

function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).filter((name) => RESERVED.test(name));
  if (reserved.length > 0) {
    const why = 'Reserved keys used in this request';
    throw parameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. ${why}: ${reserved.join(', ')}`,
    );
  }
  const odd = Object.keys(variables).find((name) => !VARIABLE.test(name));
  if (odd !== undefined) throw validation('environment.variables', 'names that start with a letter', odd);
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (Object.keys(variables).length > 0 && bytes > MOST_ENVIRONMENT) {
    throw parameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: ${bytes}`,
    );
  }
}

function checkLogging({ LogFormat = 'Text', LogGroup, ApplicationLogLevel, SystemLogLevel }: Params): void {
  if (!['Text', 'JSON'].includes(LogFormat))
    throw validation('loggingConfig.logFormat', 'enum value set: [JSON, Text]');
  if (LogGroup !== undefined && !/^[.\-_/#A-Za-z0-9]{1,512}$/.test(LogGroup)) {
    throw validation('loggingConfig.logGroup', 'a name of a log group', LogGroup);
  }
  if (LogFormat === 'Text' && (ApplicationLogLevel || SystemLogLevel)) {
    throw parameter('ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is set to JSON.');
  }
}

interface FileSystem {
  readonly Arn: string;
  readonly LocalMountPath: string;
}

function checkFileSystems(systems: readonly FileSystem[], vpc: Params | undefined): void {
  for (const { Arn, LocalMountPath } of systems) {
    if (!/^arn:aws:elasticfilesystem:[a-z0-9-]+:\d{12}:access-point\/fsap-[a-f0-9]{17}$/.test(Arn)) {
      throw validation('fileSystemConfigs.arn', 'an access point of EFS', Arn);
    }
    if (!/^\/mnt\/[a-zA-Z0-9-_.]+$/.test(LocalMountPath)) {
      throw validation(
        'fileSystemConfigs.localMountPath',
        'regular expression pattern: ^/mnt/[a-zA-Z0-9-_.]+$',
        LocalMountPath,
      );
    }
  }
  if (systems.length > 0 && !vpc?.['SubnetIds']?.length) {
    throw parameter('Function must be configured to execute in a VPC to reference access points.');
  }
}

/** An error in the form of Lambda's checks of single members. */
export function validation(field: string, rule: string, value: unknown = ''): AwsFault {
  const message = `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must have ${rule}`;
  return new AwsFault('ValidationException', message);
}

export function parameter(message: string): AwsFault {
  return new AwsFault('InvalidParameterValueException', message);
}
