/** Entries of `functions.aws` → steps. Defaults are those of SCAR, where they can still be deployed. */
import type { Diagnostic } from '../fdl/diagnostic.ts';
import type { AwsFunction } from '../fdl/schema/index.ts';
import type { AwsStep, Limits, Mode } from './model.ts';
import { resolveScript } from './scripts.ts';
import { defined, readFolders, type StepContext, type StepEntry, variablesOf } from './steps.ts';

/** SCAR's defaults: MiB, seconds, MiB and vCPUs of a job. */
export const AWS_DEFAULTS = { memory: 512, timeout: 300, jobMemory: 1024, jobVcpus: 1 } as const;

/** Variables that only SCAR's way of running containers inside a function needed. */
export const UDOCKER = /^UDOCKER_/;

/** One step and what is to be said of its entry. */
export function awsStep(
  context: StepContext,
  entry: StepEntry,
  settings: AwsFunction,
): { step: AwsStep; diagnostics: readonly Diagnostic[] } {
  const { document, bases } = context;
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
  const step: AwsStep = {
    id: entry.id,
    name: lambda.name ?? '',
    provider: 'aws',
    mode: modeOf(lambda.execution_mode),
    ...defined({ image: lambda.container?.image, script }),
    inputs: inputs.folders,
    outputs: outputs.folders,
    environment: environmentOf(settings),
    limits: limitsOf(settings),
    serves: false,
    place: document.place(inner.path),
    settings,
  };
  return { step, diagnostics: [...inputs.diagnostics, ...outputs.diagnostics, ...diagnostics] };
}

/** An unknown mode is a function, as it was for SCAR. */
export function modeOf(text: string | undefined): Exclude<Mode, 'service'> {
  const mode = text?.trim().toLowerCase();
  return mode === 'batch' || mode === 'lambda-batch' ? mode : 'lambda';
}

function environmentOf({ lambda, batch }: AwsFunction): AwsStep['environment'] {
  const own = Object.entries(variablesOf(lambda?.environment)).filter(([name]) => !UDOCKER.test(name));
  const job = modeOf(lambda?.execution_mode) === 'lambda' ? {} : variablesOf(batch?.environment);
  return { ...Object.fromEntries(own), ...variablesOf(lambda?.container?.environment), ...job };
}

/** A function's cpu follows its memory and is not limited here; a job has what its definition asks for. */
function limitsOf({ lambda, batch }: AwsFunction): Limits {
  const mode = modeOf(lambda?.execution_mode);
  const memory = lambda?.memory ?? AWS_DEFAULTS.memory;
  if (mode === 'lambda') {
    return { memoryMib: memory, gpus: 0, timeoutSeconds: lambda?.timeout ?? AWS_DEFAULTS.timeout };
  }
  const jobMemory = batch?.memory ?? AWS_DEFAULTS.jobMemory;
  return {
    memoryMib: mode === 'batch' ? jobMemory : Math.max(jobMemory, memory),
    cpus: batch?.vcpus ?? AWS_DEFAULTS.jobVcpus,
    gpus: batch?.gpus ?? (batch?.enable_gpu ? 1 : 0),
    ...defined({ timeoutSeconds: batch?.timeout }),
  };
}
