/** Functions of AWS Lambda: what is desired of one, what there is, and what differs. Pure. */
import type { Change, Ref } from '../../../../deploy/resource.ts';
import { comparisonOf, IDENTITY, type Rules } from '../../../../deploy/rules.ts';
import type { Architecture } from '../../../../image/platform.ts';
import { settableTags, type Tags } from '../../api/tags.ts';
import type { Site } from '../../site.ts';
import { changesOf } from '../changes.ts';

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
  /** ARN of the function, queue or topic that is told. */
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
  const untold = { logGroup: undefined, logFormat: attrs.logFormat, logLevel: attrs.logLevel };
  return {
    ...props,
    description: description || undefined,
    vpc: vpc && vpc.subnets.length > 0 ? vpc : undefined,
    ...(attrs.logGroup === undefined ? untold : logging),
  };
}

function stateChange({ state }: FunctionAttrs): readonly Change[] {
  return state === 'Active' || state === 'Inactive'
    ? []
    : [{ path: 'state', before: state, after: 'Active' }];
}
