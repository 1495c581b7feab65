/** Entries of `functions.aws` → steps. Defaults are those of SCAR, where they can still be deployed. */
import type { Place } from '../../../errors.ts';
import type { Path } from '../../../fdl/tree.ts';
import { archiveName } from '../../../image/reference.ts';
import type { Entry, MadeStep, NamedEntry } from '../../../workflow/dialect.ts';
import type { Limits, Mount, Step } from '../../../workflow/model.ts';
import { resolveImageFile, resolvePayload, resolveScript } from '../../../workflow/scripts.ts';
import { defined, readFolders, type StepContext, variablesOf } from '../../../workflow/steps.ts';
import { AWS_DEFAULTS } from './defaults.ts';
import { jobSize } from './platform.ts';
import type { AwsFunction } from './schema/index.ts';

/** How a function runs: `lambda-batch` goes on as a job where the function does not suffice. */
type AwsMode = 'lambda' | 'lambda-batch' | 'batch';

/** A function on AWS; `settings` is its entry of `functions.aws`. */
export interface AwsStep extends Step {
  readonly provider: 'aws';
  readonly mode: AwsMode;
  readonly settings: AwsFunction;
  /** Where the file names its region and its profile, where it does. */
  readonly named?: { readonly region?: Place | undefined; readonly profile?: Place | undefined };
}

export function isAws(step: Step): step is AwsStep {
  return step.provider === 'aws';
}

/** Variables that only SCAR's way of running containers inside a function needed. */
export const UDOCKER = /^UDOCKER_/;

/** The entries of `functions.aws`. */
export function awsEntries(list: unknown, path: Path): readonly Entry<AwsFunction>[] {
  return ((list ?? []) as readonly AwsFunction[]).map((settings, index) => {
    const name = settings.lambda?.name?.trim() ?? '';
    return { path: [...path, index], name, scope: 'aws', settings };
  });
}

/** One step and what is to be said of its entry. */
export function awsStep(context: StepContext, entry: NamedEntry<AwsFunction>): MadeStep {
  const { document, bases } = context;
  const { settings } = entry;
  const lambda = settings.lambda ?? {};
  const inner = { ...entry, path: [...entry.path, 'lambda'] };
  const inputs = readFolders(context, inner, 'input', lambda.input ?? [], 's3.default');
  const outputs = readFolders(context, inner, 'output', lambda.output ?? [], 's3.default');
  const key = lambda.init_script === undefined ? 'run_script' : 'init_script';
  const { script, diagnostics } = resolveScript(
    lambda[key],
    document.place([...inner.path, key]),
    bases,
    entry.id,
  );
  const payloadPlace = document.place([...inner.path, 'extra_payload']);
  const extra = resolvePayload(lambda.extra_payload, payloadPlace, bases, entry.id);
  const { image, image_file: file } = lambda.container ?? {};
  const filePlace = document.place([...inner.path, 'container', 'image_file']);
  const archive = !image && file ? resolveImageFile(file, filePlace, bases, entry.id) : undefined;
  const mode = modeOf(lambda.execution_mode);
  const reserved = lambda.reserved_concurrency ?? 0;
  const step: AwsStep = {
    id: entry.id,
    name: lambda.name ?? '',
    provider: 'aws',
    mode,
    where: `aws ${mode}`,
    ...defined({ image: lambda.container?.image, script, payload: extra.payload }),
    ...(archive && { image: archiveName(archive.path), imageFile: archive.path }),
    inputs: inputs.folders,
    outputs: outputs.folders,
    ...mountsOf(context, inner, settings),
    environment: environmentOf(settings),
    limits: limitsOf(settings),
    ...(reserved > 0 && { concurrency: reserved }),
    serves: false,
    ...((lambda.function_url || settings.api_gateway?.name) && {
      hasAddress: true,
      ...defined({ refusesEvents: lackOf(settings) }),
    }),
    listensTo: ['s3'],
    place: document.place(inner.path),
    settings,
    named: {
      ...(lambda.region && { region: document.place([...inner.path, 'region']) }),
      ...(lambda.boto_profile && { profile: document.place([...inner.path, 'boto_profile']) }),
    },
  };
  const ofFiles = [...extra.diagnostics, ...(archive?.diagnostics ?? [])];
  const found = [inputs.diagnostics, outputs.diagnostics, diagnostics, ofFiles];
  return { step, diagnostics: found.flat() };
}

/** What keeps an event of another cloud out: nobody signs it, and it asks for more than its content. */
function lackOf({ lambda, api_gateway: api }: AwsFunction): string | undefined {
  const isNone = (auth: string | undefined) => auth?.trim().toLowerCase() === 'none';
  const isOpen = (lambda?.function_url && isNone(lambda.auth)) || (api?.name && isNone(api.auth));
  const lacks = [
    ...(isOpen ? [] : ['"auth: none"']),
    ...(lambda?.over_http === 'allow' ? [] : ['"over_http: allow"']),
  ];
  return lacks.length > 0 ? lacks.join(' and ') : undefined;
}

/** File systems of EFS, which functions have and jobs have not; entries that lack something have a finding. */
function mountsOf(
  { document }: StepContext,
  { path }: Pick<NamedEntry<AwsFunction>, 'path'>,
  { lambda }: AwsFunction,
): Pick<Step, 'mounts'> {
  if (modeOf(lambda?.execution_mode) === 'batch') return {};
  const mounts = (lambda?.file_system ?? []).flatMap(({ Arn = '', LocalMountPath = '' }, index): Mount[] => {
    const [, id] = ACCESS_POINT.exec(Arn) ?? [];
    if (id === undefined || !MOUNT_PATH.test(LocalMountPath)) return [];
    return [{ id, path: LocalMountPath, place: document.place([...path, 'file_system', index]) }];
  });
  return mounts.length > 0 ? { mounts } : {};
}

/** Rules: `Arn` and `LocalMountPath` of FileSystemConfig in Lambda's API reference. */
export const ACCESS_POINT =
  /^arn:aws[a-zA-Z-]*:elasticfilesystem:[a-z0-9-]+:\d{12}:access-point\/(fsap-[a-f0-9]{17})$/;
export const MOUNT_PATH = /^\/mnt\/[a-zA-Z0-9-_.]{1,155}$/;

/** An unknown mode is a function, as it was for SCAR. */
function modeOf(text: string | undefined): AwsMode {
  const mode = text?.trim().toLowerCase();
  return mode === 'batch' || mode === 'lambda-batch' ? mode : 'lambda';
}

function environmentOf({ lambda, batch }: AwsFunction): AwsStep['environment'] {
  const own = Object.entries(variablesOf(lambda?.environment)).filter(([name]) => !UDOCKER.test(name));
  const job = modeOf(lambda?.execution_mode) === 'lambda' ? {} : variablesOf(batch?.environment);
  return { ...Object.fromEntries(own), ...variablesOf(lambda?.container?.environment), ...job };
}

/** A function's cpu follows its memory and is not limited here; a job has what its definition asks for. */
function limitsOf(settings: AwsFunction): Limits {
  const { lambda, batch } = settings;
  const mode = modeOf(lambda?.execution_mode);
  const memory = lambda?.memory ?? AWS_DEFAULTS.memory;
  if (mode === 'lambda') {
    return { memoryMib: memory, gpus: 0, timeoutSeconds: lambda?.timeout ?? AWS_DEFAULTS.timeout };
  }
  const { vcpus, memory: jobMemory } = jobSize(settings);
  return {
    memoryMib: mode === 'batch' ? jobMemory : Math.max(jobMemory, memory),
    cpus: vcpus,
    gpus: batch?.gpus ?? (batch?.enable_gpu ? 1 : 0),
    ...defined({ timeoutSeconds: batch?.timeout }),
  };
}
