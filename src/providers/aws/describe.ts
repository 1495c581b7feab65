/** What actions on objects of AWS mean in words, and where a workflow is deployed to. */
import type { PlannedAction } from '../../deploy/action.ts';
import type { Description, Target, Wording } from '../../deploy/description.ts';
import { KNOWN_AFTER_APPLY } from '../../deploy/plan-document.ts';
import type { Change, Props, Value } from '../../deploy/resource.ts';
import type { Workflow } from '../../workflow/model.ts';
import { scriptLines } from '../script.ts';
import type { AwsFacts } from './facts.ts';
import type { BucketProps } from './kinds/bucket/index.ts';
import type { ComputeEnvironmentProps } from './kinds/compute-environment/properties.ts';
import type { FunctionProps } from './kinds/function/properties.ts';
import type { FunctionUrlProps } from './kinds/function-url/index.ts';
import type { HttpApiProps } from './kinds/http-api/properties.ts';
import type { KINDS } from './kinds/index.ts';
import type { JobDefinitionProps } from './kinds/job-definition/properties.ts';
import type { JobQueueProps } from './kinds/job-queue/index.ts';
import type { LaunchTemplateProps } from './kinds/launch-template/index.ts';
import type { LogGroupProps } from './kinds/log-group/index.ts';
import type { NotificationProps } from './kinds/notification/index.ts';
import type { PermissionProps } from './kinds/permission/index.ts';
import type { RepositoryProps } from './kinds/repository/index.ts';
import type { RoleProps } from './kinds/role/properties.ts';
import { rightsInWords, statementInWords } from './rights-in-words.ts';
import { siteKey } from './site.ts';

/** The accounts and regions of a workflow, each once. */
export function awsTargets(facts: AwsFacts): readonly Target[] {
  const places = new Map([...facts.values()].map((each) => [`${siteKey(each.site)} ${each.account}`, each]));
  return [...places.values()].map(({ account, site: { region, profile } }) => {
    const by = profile === undefined ? '' : `, profile ${profile}`;
    // Nobody was asked whose credentials they are.
    const isKnown = account !== KNOWN_AFTER_APPLY;
    const text = `AWS ${isKnown ? `account ${account}, ` : ''}region ${region}${by}`;
    return {
      provider: 'aws',
      ...(isKnown && { account }),
      region,
      ...(profile !== undefined && { profile }),
      text,
    };
  });
}

type Phrases = readonly string[];

/** The step that an object serves. */
interface Served {
  readonly image: string | undefined;
  /** Number of lines of its script, where it has one. */
  readonly lines: number | undefined;
}

// biome-ignore lint/suspicious/noExplicitAny: each kind has properties of its own, as its entry says
const MAIN: Readonly<Partial<Record<keyof typeof KINDS, (props: any, served: Served) => Phrases>>> = {
  'aws/function': (props: FunctionProps, { image }) => [
    ...('zip' in props.code ? ['passes events on to jobs'] : image ? [`image ${image}`] : []),
    `memory ${props.memory} MB`,
    `timeout ${props.timeout} s`,
    ...(props.ephemeralStorage === USUAL_DISK ? [] : [`disk ${props.ephemeralStorage} MB`]),
    ...(props.architecture === 'arm64' ? ['on ARM'] : []),
    ...(props.reservedConcurrency === undefined ? [] : [`at most ${props.reservedConcurrency} at a time`]),
    ...(props.vpc ? ['in a network of yours'] : []),
  ],
  'aws/job-definition': (props: JobDefinitionProps, { image }) => [
    ...(image ? [`image ${image}`] : []),
    `${props.vcpus} vCPU`,
    `memory ${props.memory} MiB`,
    ...(props.gpus > 0 ? [`${props.gpus} GPU`] : []),
    ...(props.fargate ? ['on AWS Fargate'] : []),
    ...(props.timeout === undefined ? [] : [`timeout ${props.timeout} s`]),
    `queue ${props.queue}`,
  ],
  'aws/compute-environment': (props: ComputeEnvironmentProps) => [
    props.fargate ? 'AWS Fargate' : `machines ${props.instanceTypes?.join(' ')}`,
    props.spot ? 'spot' : 'on demand',
    `${props.minVcpus ?? 0} to ${props.maxVcpus} vCPU`,
  ],
  'aws/job-queue': ({ priority }: JobQueueProps) => [`priority ${priority}`],
  'aws/deployment-bucket': () => ['for events that are passed on to jobs'],
  'aws/launch-template': ({ rootVolumeGb }: LaunchTemplateProps) => [`disk ${rootVolumeGb} GiB`],
  'aws/notification': ({ bucket, entries }: NotificationProps) =>
    entries.map(
      ({ prefix, suffix = '', step }) => `new files s3://${bucket}/${prefix}*${suffix} start ${step}`,
    ),
  'aws/bucket': ({ site }: BucketProps) => [`in ${site.region}`, 'closed to the public'],
  'aws/log-group': ({ retentionDays }: LogGroupProps) => [
    retentionDays === undefined ? 'keeps logs for ever' : `keeps logs for ${retentionDays} days`,
  ],
  'aws/image': (_props, { image, lines }) => [
    `made of ${image ?? 'the image of the step'}`,
    ...(lines === undefined ? [] : [`a script of ${lines} ${lines === 1 ? 'line' : 'lines'}`]),
  ],
  'aws/repository': ({ keepImages }: RepositoryProps) => (keepImages ? ['its images stay'] : []),
  'aws/function-url': ({ auth }: FunctionUrlProps) => [
    auth === 'NONE' ? 'open to everybody' : 'for signed requests',
  ],
  'aws/http-api': ({ method, path, auth }: HttpApiProps) => [
    `${method} ${path}`,
    auth === 'none' ? 'open to everybody' : 'for signed requests',
  ],
  'aws/permission': ({ principal }: PermissionProps) => [`lets ${callerOf(principal)} call it`],
  'aws/parameter': () => ['the secrets of the step, encrypted'],
  'aws/role': (props: RoleProps) => rightsInWords(props),
};

/** MB of `/tmp` that functions have where nobody says otherwise. */
const USUAL_DISK = 512;

const CALLERS: Readonly<Record<string, string>> = {
  '*': 'everybody',
  's3.amazonaws.com': 'S3',
  'apigateway.amazonaws.com': 'its HTTP API',
};

function callerOf(principal: string): string {
  return CALLERS[principal] ?? principal;
}

const INNER: readonly string[] = ['aws/unused-images', 'aws/unused-environments'];

/** What an action means, if its properties do not say it. */
export function describeAws(workflow: Workflow, action: PlannedAction): Description | undefined {
  if (INNER.includes(action.kind)) return innerDescription(action);
  const step = workflow.steps.find(({ id }) => id === action.step);
  const served: Served = { image: step?.image, lines: step?.script && scriptLines(step.script) };
  if (action.action === 'create') {
    const main = MAIN[action.kind as keyof typeof KINDS]?.(action.resource?.props ?? {}, served) ?? [];
    return { lines: main.length > 0 ? [main] : [] };
  }
  return action.action === 'update' || action.action === 'replace'
    ? changeDescription(action, served)
    : undefined;
}

/** Only what is known to go is worth a line. */
function innerDescription({ kind, changes }: PlannedAction): Description {
  const goes = changes.some(({ before, after }) => before !== undefined && after === undefined);
  const what = kind === 'aws/unused-images' ? 'images' : 'compute environments';
  return { isInner: true, lines: goes ? [[`${what} that nothing uses any more are deleted`]] : [] };
}

/** Of an image that is made anew, and of what runs it, digests say nothing to people. */
function changeDescription({ kind, changes }: PlannedAction, { lines }: Served): Description {
  const paths = changes.map(({ path }) => path);
  if (kind === 'aws/image') {
    const isOwn = paths.every((path) => path === 'tag');
    const now = lines === undefined ? '' : ` (script: ${lines} ${lines === 1 ? 'line' : 'lines'} now)`;
    const text = isOwn ? `made anew: its script, files or settings changed${now}` : 'made anew';
    return { lines: [[text]], told: ['tag'], wordings: digestWordings(changes) };
  }
  const images = paths.filter((path) => path === 'code.image' || path === 'image');
  return {
    lines: images.length > 0 ? [['runs the new image']] : [],
    told: [...images, ...paths.filter((path) => IMAGE_TAGS.test(path))],
    ...(kind === 'aws/role' && { wordings: statementWordings(changes) }),
  };
}

/** Tags and variables of what runs an image that say which one it is. */
const IMAGE_TAGS = /^(tags\.fdl:(image|base|runtime|key)|environment\.FDL_VARIABLES)$/;

function digestWordings(changes: readonly Change[]): Readonly<Record<string, Wording>> {
  const named = changes.filter(({ path }) => path === 'base' || path === 'runtime');
  return Object.fromEntries(
    named.map(({ path, before, after }) => [
      path,
      { before: withShortDigest(before), after: withShortDigest(after) },
    ]),
  );
}

/** Enough of a digest to tell it from others. */
function withShortDigest(value: Value): string {
  const text = typeof value === 'string' ? value : KNOWN_AFTER_APPLY;
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, '$1');
}

function statementWordings(changes: readonly Change[]): Readonly<Record<string, Wording>> {
  const statements = changes.filter(({ path }) => /^statements\.[^.]+$/.test(path));
  return Object.fromEntries(
    statements.map(({ path, before, after }) => {
      return [path, { before: statementInWords(before as Props), after: statementInWords(after as Props) }];
    }),
  );
}
