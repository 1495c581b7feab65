/** What jobs on AWS Fargate cannot be like. */
import type { Diagnostic } from '../../../fdl/diagnostic.ts';
import { type CheckContext, note, problem, type Rule } from '../../../workflow/check.ts';
import { jobSize, platformOf, SIZES, vcpusFor } from './platform.ts';
import type { AwsStep } from './step.ts';

const onMachines: Rule<AwsStep> = (step, context) => {
  const { vcpus } = step.settings.batch ?? {};
  if (step.mode === 'lambda' || isFargate(step) || vcpus === undefined || Number.isInteger(vcpus)) return [];
  const hint = 'Write a whole number, or "type: FARGATE" below "compute_resources:".';
  return [said(step, context, 'vcpus', `"vcpus" is ${vcpus}, but machines have whole ones`, hint)];
};

const size: Rule<AwsStep> = (step, context) => {
  if (!isFargate(step)) return [];
  const { vcpus, memory } = jobSize(step.settings);
  const sizes = SIZES.get(vcpus);
  if (sizes?.includes(memory)) return [];
  const field = sizes === undefined ? 'vcpus' : 'memory';
  const others = vcpusFor(memory);
  const hints = [
    sizes
      ? `with "vcpus: ${vcpus}", "memory" may be ${listed(sizes)}`
      : `"vcpus" may be ${listed([...SIZES.keys()])}`,
    ...(others.length > 0 ? [`with "memory: ${memory}", "vcpus" may be ${listed(others)}`] : []),
  ];
  const message = `AWS Fargate has no jobs with ${vcpus} vCPUs and ${memory} MiB`;
  return [said(step, context, field, message, `On AWS Fargate, ${hints.join('; ')}.`)];
};

/** `1, 2 or 3`; of many the first ones and the last. */
function listed(numbers: readonly number[]): string {
  if (numbers.length > 8) return `${numbers.slice(0, 3).join(', ')} and so on up to ${numbers.at(-1)}`;
  return numbers.join(', ').replace(/, (?=[^,]*$)/, ' or ');
}

/** What jobs on AWS Fargate cannot have. Rule: "Job definitions on Fargate" in AWS Batch's user guide. */
const absent: Rule<AwsStep> = (step, context) => {
  if (!isFargate(step)) return [];
  const { gpus, shared_memory: shared, ulimits = {} } = step.settings.batch ?? {};
  const found = [
    [gpus === undefined ? 'enable_gpu' : 'gpus', step.limits.gpus > 0, 'there are no GPUs'],
    ['shared_memory', shared !== undefined, 'the size of /dev/shm cannot be set'],
    ['ulimits', Object.keys(ulimits).length > 0, 'limits of processes cannot be set'],
  ] as const;
  const hint = 'Remove it, or run the jobs on machines: "type: EC2" below "compute_resources:".';
  return found
    .filter(([, isThere]) => isThere)
    .map(([field, , what]) => said(step, context, field, `${what} on AWS Fargate`, hint));
};

/** GiB. Rule: `EphemeralStorage` in AWS Batch's API. */
const DISK = { min: 21, max: 200 };

const disk: Rule<AwsStep> = (step, { at }) => {
  const { root_volume_gb: gib } = step.settings.batch?.compute_resources ?? {};
  if (!isFargate(step) || gib === undefined || (gib >= DISK.min && gib <= DISK.max)) return [];
  const message = `"root_volume_gb" is ${gib}, but a job on AWS Fargate has between ${DISK.min} and ${DISK.max} GiB`;
  const hint = `Write a number from ${DISK.min} to ${DISK.max}, or remove it: then it has 20.`;
  return [problem(step, 'fargate', message, at(step, 'batch', 'compute_resources', 'root_volume_gb'), hint)];
};

const OF_MACHINES = ['instance_types', 'min_v_cpus', 'desired_v_cpus', 'instance_role'] as const;

const withoutEffect: Rule<AwsStep> = (step, { at }) => {
  const given = step.settings.batch?.compute_resources ?? {};
  if (!isFargate(step)) return [];
  return OF_MACHINES.filter((field) => given[field] !== undefined).map((field) => {
    const message = `"${field}" has no effect: on AWS Fargate there are no machines to choose`;
    const place = at(step, 'batch', 'compute_resources', field);
    return note(step, 'fargate-without-effect', message, place, 'Remove it.');
  });
};

function isFargate({ mode, settings }: AwsStep): boolean {
  return mode !== 'lambda' && platformOf(settings).fargate;
}

function said(step: AwsStep, { at }: CheckContext, field: string, message: string, hint: string): Diagnostic {
  return problem(step, 'fargate', message, at(step, 'batch', field), hint);
}

export const FARGATE: readonly Rule<AwsStep>[] = [onMachines, size, absent, disk, withoutEffect];
