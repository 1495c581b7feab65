/** What is sent to AWS Lambda to make and change functions, and what its answers say. Pure. */
import type {
  CreateFunctionCommandInput,
  FunctionConfiguration,
  GetFunctionCommandOutput,
  GetFunctionEventInvokeConfigCommandOutput,
  PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionCodeCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { FdlError } from '../../../../errors.ts';
import { stateOf } from '../../api/function.ts';
import type { Site } from '../../site.ts';
import { resolved } from '../resolved.ts';
import type { AsyncConfig, FunctionAttrs, FunctionCode, FunctionProps } from './properties.ts';

/** Archives by their SHA-256 in hexadecimal digits. */
export type Bundles = ReadonlyMap<string, Uint8Array>;

/** Makes a function with everything but reserved concurrency and what happens to failed invocations. */
export function createInput(props: FunctionProps, bundles: Bundles): CreateFunctionCommandInput {
  const { name, code, architecture, tags } = props;
  const content = codeContent(code, bundles);
  return {
    ...configurationInput(props),
    FunctionName: name,
    Role: resolved(props.role),
    PackageType: 'image' in code ? 'Image' : 'Zip',
    Code: content,
    Architectures: [architecture],
    Tags: { ...tags },
  };
}

/** Changes the code, and the architecture, which belongs to it. */
export function codeInput(
  { name, code, architecture }: FunctionProps,
  bundles: Bundles,
): UpdateFunctionCodeCommandInput {
  return { FunctionName: name, ...codeContent(code, bundles), Architectures: [architecture] };
}

/** Sets the whole configuration: what is left out of a request stays as it was, so nothing is. */
export function configurationInput(props: FunctionProps): UpdateFunctionConfigurationCommandInput {
  const { code, vpc, fileSystems } = props;
  return {
    FunctionName: props.name,
    Role: resolved(props.role),
    Description: props.description ?? '',
    MemorySize: props.memory,
    Timeout: props.timeout,
    EphemeralStorage: { Size: props.ephemeralStorage },
    Environment: { Variables: { ...props.environment } },
    VpcConfig: { SubnetIds: [...(vpc?.subnets ?? [])], SecurityGroupIds: [...(vpc?.securityGroups ?? [])] },
    FileSystemConfigs: fileSystems.map(({ arn, path }) => ({ Arn: arn, LocalMountPath: path })),
    LoggingConfig: loggingConfig(props),
    ...('zip' in code && { Handler: code.handler, Runtime: code.runtime as 'nodejs22.x' }),
  };
}

function loggingConfig({ logGroup, logFormat = 'Text', logLevel }: FunctionProps) {
  return {
    LogFormat: logFormat,
    LogGroup: logGroup,
    ...(logFormat === 'JSON' && logLevel !== undefined && { ApplicationLogLevel: logLevel as 'INFO' }),
  };
}

function codeContent(code: FunctionCode, bundles: Bundles): { ImageUri: string } | { ZipFile: Uint8Array } {
  if ('image' in code) return { ImageUri: resolved(code.image) };
  const ZipFile = bundles.get(code.zip);
  if (!ZipFile) throw new TypeError(`there is no bundle ${code.zip}`);
  return { ZipFile };
}

/** What happens to asynchronous invocations that fail. */
export function asyncInput(
  name: string,
  { retries, onFailure }: AsyncConfig,
): PutFunctionEventInvokeConfigCommandInput {
  return {
    FunctionName: name,
    MaximumRetryAttempts: retries,
    DestinationConfig: onFailure === undefined ? {} : { OnFailure: { Destination: resolved(onFailure) } },
  };
}

/**
 * What the answers say of a function. Throws `FdlError` `aws-denied` where its tags may not be read: without them nobody
 * knows whose it is.
 */
export function functionAttrs(
  site: Site,
  answer: GetFunctionCommandOutput,
  async: GetFunctionEventInvokeConfigCommandOutput | undefined,
): FunctionAttrs {
  const { Configuration: found = {}, Concurrency, Tags, TagsError } = answer;
  const name = found.FunctionName ?? '';
  if (TagsError) throw tagsDenied(name, TagsError.Message);
  const { LogGroup, LogFormat = 'Text', ApplicationLogLevel } = found.LoggingConfig ?? {};
  return {
    site,
    name,
    arn: found.FunctionArn ?? '',
    state: stateOf(found),
    code: codeOf(answer),
    role: found.Role ?? '',
    architecture: found.Architectures?.[0] ?? 'x86_64',
    memory: found.MemorySize ?? 0,
    timeout: found.Timeout ?? 0,
    // What functions have where nobody says otherwise.
    ephemeralStorage: found.EphemeralStorage?.Size ?? 512,
    environment: found.Environment?.Variables ?? {},
    description: found.Description || undefined,
    vpc: vpcOf(found),
    fileSystems: (found.FileSystemConfigs ?? []).map(({ Arn = '', LocalMountPath = '' }) => {
      return { arn: Arn, path: LocalMountPath };
    }),
    logGroup: LogGroup,
    logFormat: LogFormat,
    logLevel: ApplicationLogLevel,
    reservedConcurrency: Concurrency?.ReservedConcurrentExecutions,
    asyncConfig: async && asyncOf(async),
    tags: Tags ?? {},
  };
}

/** What the answers say of a function that was made by `input` and has nothing else yet. */
export function createdAttrs(
  site: Site,
  { Code = {}, Tags }: CreateFunctionCommandInput,
  Configuration: FunctionConfiguration,
): FunctionAttrs {
  const answer = { $metadata: {}, Configuration, Code: { ImageUri: Code.ImageUri }, Tags };
  return functionAttrs(site, answer, undefined);
}

function codeOf({ Configuration: found = {}, Code }: GetFunctionCommandOutput): FunctionCode {
  if (found.PackageType === 'Image') return { image: Code?.ImageUri ?? Code?.ResolvedImageUri ?? '' };
  const zip = Buffer.from(found.CodeSha256 ?? '', 'base64').toString('hex');
  return { zip, handler: found.Handler ?? '', runtime: found.Runtime ?? '' };
}

function vpcOf({ VpcConfig: vpc }: FunctionConfiguration): FunctionAttrs['vpc'] {
  const { SubnetIds: subnets = [], SecurityGroupIds: securityGroups = [] } = vpc ?? {};
  return subnets.length === 0 ? undefined : { subnets, securityGroups };
}

/** Retries that Lambda makes where nobody says otherwise. Rule: Lambda's asynchronous invocation. */
const USUAL_RETRIES = 2;

function asyncOf(found: GetFunctionEventInvokeConfigCommandOutput): AsyncConfig {
  const { MaximumRetryAttempts: retries = USUAL_RETRIES, DestinationConfig } = found;
  const onFailure = DestinationConfig?.OnFailure?.Destination;
  return { retries, ...(onFailure !== undefined && { onFailure }) };
}

function tagsDenied(name: string, why = ''): FdlError {
  return new FdlError('aws-denied', `the tags of the function ${name} cannot be read: ${why}`, {
    hint: 'Ask for the right lambda:ListTags.',
  });
}
