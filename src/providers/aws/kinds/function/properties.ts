/** Functions of AWS Lambda: what is desired of one, what there is, what differs, and what is sent. Pure. */

import type {
  CreateFunctionCommandInput,
  FunctionConfiguration,
  GetFunctionCommandOutput,
  GetFunctionEventInvokeConfigCommandOutput,
  PutFunctionEventInvokeConfigCommandInput,
  UpdateFunctionCodeCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import { FdlError } from '../../../../errors.ts';
import type { Architecture } from '../../../../image/platform.ts';
import { stateOf } from '../../api/function.ts';
import { settableTags, type Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';
import { resolved } from '../deps.ts';

/** An image by its digest, or an archive by its SHA-256 (hexadecimal digits) with what Lambda starts of it. */
export type FunctionCode =
  | { readonly image: Ref | string }
  | { readonly zip: string; readonly handler: string; readonly runtime: string };

export type FunctionProps = {
  readonly site: Site;
  readonly name: string;
  readonly code: FunctionCode;
  /** ARN of the role. */
  readonly role: Ref | string;
  readonly architecture: Architecture;
  /** MB. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  /** MB of `/tmp`. */
  readonly ephemeralStorage: number;
  /** All variables: others are removed. Nothing secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly description?: string | undefined;
  readonly vpc?:
    | { readonly subnets: readonly string[]; readonly securityGroups: readonly string[] }
    | undefined;
  /** Access points of EFS, and where they are mounted. */
  readonly fileSystems: readonly { readonly arn: string; readonly path: string }[];
  readonly logGroup: string;
  /** `Text` by default. */
  readonly logFormat?: 'Text' | 'JSON' | undefined;
  /** Counts with the format `JSON` only. */
  readonly logLevel?: string | undefined;
  readonly reservedConcurrency?: number | undefined;
  /** What happens to failed asynchronous invocations; Lambda's own two retries by default. */
  readonly asyncConfig?: AsyncConfig | undefined;
  /** Starts the function once after each change, so that the first event does not wait for the image. */
  readonly preheat: boolean;
  readonly tags: Tags;
};

export type AsyncConfig = {
  readonly retries: number;
  /** ARN of the function, queue, topic or bucket that gets them. */
  readonly onFailure?: Ref | string | undefined;
};

/** `logGroup` and what belongs to it are absent where a server does not tell of them. */
export type FunctionAttrs = Omit<FunctionProps, 'logGroup' | 'preheat'> & {
  readonly logGroup?: string | undefined;
  readonly arn: string;
  /** `Active`, `Pending`, `Inactive`, `Updating`; or `Failed: …`, `UpdateFailed: …` with the reason. */
  readonly state: string;
};

const CONFIGURATION = { by: 'configuration' } as const;

/**
 * `code` is written by `UpdateFunctionCode`, `configuration` by `UpdateFunctionConfiguration`; the others have calls of
 * their own.
 */
export const FUNCTION_RULES: Rules<
  FunctionProps,
  'code' | 'configuration' | 'concurrency' | 'async' | 'tags'
> = {
  site: IDENTITY,
  name: IDENTITY,
  code: {
    parts: {
      image: { by: 'code' },
      zip: { by: 'code' },
      handler: CONFIGURATION,
      runtime: CONFIGURATION,
    },
  },
  architecture: { by: 'code' },
  role: CONFIGURATION,
  memory: CONFIGURATION,
  timeout: CONFIGURATION,
  ephemeralStorage: CONFIGURATION,
  environment: CONFIGURATION,
  description: CONFIGURATION,
  vpc: { ...CONFIGURATION, unordered: true },
  fileSystems: { ...CONFIGURATION, unordered: true },
  logGroup: CONFIGURATION,
  logFormat: CONFIGURATION,
  logLevel: CONFIGURATION,
  reservedConcurrency: { by: 'concurrency' },
  asyncConfig: { by: 'async' },
  tags: { by: 'tags' },
  preheat: { ignored: 'it says what follows a change, not what the function is like' },
};

/** Whether one of the changes is at one of the paths or inside of it. */
export function touches(changes: readonly Change[], paths: readonly string[]): boolean {
  return changes.some(({ path }) => paths.some((outer) => path === outer || path.startsWith(`${outer}.`)));
}

/** Whether a state is one that no further waiting changes for the better. */
export function isFailed(state: string): boolean {
  return /^(Update)?Failed/.test(state);
}

/** What of a function differs from what is desired. An image cannot become an archive: that takes a new function. */
export function functionChanges(props: FunctionProps, attrs: FunctionAttrs): readonly Change[] {
  const compared = comparisonOf(FUNCTION_RULES);
  const replace = 'image' in props.code === 'image' in attrs.code ? [] : ['code'];
  const found = { ...attrs, tags: settableTags(attrs.tags) };
  return [...changesOf(comparable(props, attrs), found, { ...compared, replace }), ...stateChange(attrs)];
}

/** The desired properties in the form that attributes have, without those that cannot be compared. */
function comparable(props: FunctionProps, attrs: FunctionAttrs) {
  const { description, vpc, logFormat = 'Text', logLevel, logGroup } = props;
  const withLevel = logFormat === 'JSON' && logLevel !== undefined;
  const logging = { logGroup, logFormat, logLevel: withLevel ? logLevel : attrs.logLevel };
  const unset = { logGroup: undefined, logFormat: attrs.logFormat, logLevel: attrs.logLevel };
  return {
    ...props,
    description: description || undefined,
    vpc: vpc && vpc.subnets.length > 0 ? vpc : undefined,
    ...(attrs.logGroup === undefined ? unset : logging),
  };
}

function stateChange({ state }: FunctionAttrs): readonly Change[] {
  return state === 'Active' || state === 'Inactive'
    ? []
    : [{ path: 'state', before: state, after: 'Active' }];
}

/** Archives by their SHA-256 in hexadecimal digits. */
type Bundles = ReadonlyMap<string, Uint8Array>;

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
export const USUAL_RETRIES = 2;

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
