/** Settings that AWS would refuse, or that would have no effect. */

import { note, problem, type Rule } from '../../../workflow/checks/context.ts';
import { AWS_DEFAULTS } from './defaults.ts';
import type { AwsStep } from './step.ts';

interface Range {
  readonly path: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/**
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
 * https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html
 */
const RANGES: readonly Range[] = [
  { path: ['lambda', 'memory'], min: 128, max: 10_240, unit: 'MB' },
  { path: ['lambda', 'timeout'], min: 1, max: 900, unit: 'seconds' },
  { path: ['lambda', 'ephemeral_storage'], min: 512, max: 10_240, unit: 'MB' },
  { path: ['batch', 'vcpus'], min: 1, max: 10_000, unit: 'vCPUs' },
  { path: ['batch', 'memory'], min: 4, max: 100_000_000, unit: 'MiB' },
  { path: ['batch', 'timeout'], min: 60, max: 100_000_000, unit: 'seconds' },
  { path: ['batch', 'retries'], min: 0, max: 9, unit: 'retries' },
  { path: ['batch', 'compute_resources', 'root_volume_gb'], min: 30, max: 16_384, unit: 'GiB' },
];

const ranges: Rule<AwsStep> = (step, { at }) =>
  RANGES.flatMap(({ path, min, max, unit }) => {
    const value = read(step.settings, path);
    if (typeof value !== 'number' || (value >= min && value <= max)) return [];
    const isLong = path[0] === 'lambda' && path[1] === 'timeout' && value > max;
    const message = `"${path.at(-1)}" is ${value}, but must be between ${min} and ${max} ${unit}`;
    const hint = `Write a number from ${min} to ${max}.${isLong ? longerHint(step) : ''}`;
    return [problem(step, 'out-of-range', message, at(step, ...path), hint)];
  });

function longerHint({ mode }: AwsStep): string {
  return mode === 'lambda'
    ? ' For longer steps use "execution_mode: batch".'
    : ' Jobs have a limit of their own, "timeout" below "batch:".';
}

function read(settings: object, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    settings,
  );
}

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTIONS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const retention: Rule<AwsStep> = (step, { at }) => {
  const days = step.settings.cloudwatch?.log_retention_policy_in_days;
  if (days === undefined || RETENTIONS.includes(days)) return [];
  const better = RETENTIONS.find((each) => each > days) ?? RETENTIONS.at(-1);
  const place = at(step, 'cloudwatch', 'log_retention_policy_in_days');
  const message = `logs cannot be kept for ${days} days`;
  return [
    problem(step, 'log-retention', message, place, `Write ${better}, or one of ${RETENTIONS.join(', ')}.`),
  ];
};

const batchWithoutMode: Rule<AwsStep> = (step, { at }) => {
  if (step.mode !== 'lambda' || !step.settings.batch) return [];
  const message = `"${step.id}" has settings for AWS Batch, but runs on Lambda`;
  const hint = 'Add "execution_mode: batch" or "lambda-batch" below "lambda:", or remove "batch:".';
  return [note(step, 'batch-without-mode', message, at(step, 'batch'), hint)];
};

const modeWithoutBatch: Rule<AwsStep> = (step, { at }) => {
  if (step.mode === 'lambda' || step.settings.batch) return [];
  const message = `"${step.id}" runs on AWS Batch with the defaults: ${AWS_DEFAULTS.jobVcpus} vCPU and ${AWS_DEFAULTS.jobMemory} MiB`;
  const hint = 'Add "batch:" with "vcpus" and "memory" beside "lambda:".';
  return [note(step, 'mode-without-batch', message, at(step, 'lambda', 'execution_mode'), hint)];
};

const multiNode: Rule<AwsStep> = (step, { at }) => {
  if (!step.settings.batch?.multi_node_parallel?.enabled) return [];
  const place = at(step, 'batch', 'multi_node_parallel');
  const hint = 'Run it on one larger instance: set "vcpus" and "instance_types".';
  return [problem(step, 'multi-node', 'multi-node parallel jobs cannot be deployed yet', place, hint)];
};

/** Families with NVIDIA GPUs that Batch's images support, and those that AWS has withdrawn or no image supports. */
const GPU_FAMILY = /^(p[2-9]|g[2-9]|gr[6-9])/;
const RETIRED = /^(p2|p3|p3dn|g2|g3|g3s|m1|m2|c1|cc2|t1|a1)(\.|$)/;

const instances: Rule<AwsStep> = (step, { at }) => {
  const types = step.settings.batch?.compute_resources?.instance_types ?? [];
  return types.flatMap((type, index) => {
    if (!RETIRED.test(type)) return [];
    const gpu = GPU_FAMILY.test(type);
    const place = at(step, 'batch', 'compute_resources', 'instance_types', index);
    // Rule: `Ec2Configuration` of Batch's API: "Amazon Linux 2023 does not support A1 instances."
    const arm = type.startsWith('a1');
    const message = arm
      ? `the instance type "${type}" does not run the images that AWS Batch has today`
      : `the instance type "${type}" is out of use`;
    const hint = gpu
      ? 'Use g4dn.xlarge, g5.xlarge or g6.xlarge.'
      : `Leave "instance_types" out, or use ${arm ? 'm7g.large' : 'm7i.large'}.`;
    return [problem(step, 'retired-instance', message, place, hint)];
  });
};

const gpuWithoutInstance: Rule<AwsStep> = (step, { at }) => {
  const types = step.settings.batch?.compute_resources?.instance_types ?? [];
  const field = step.settings.batch?.gpus === undefined ? 'enable_gpu' : 'gpus';
  const place = at(step, 'batch', field);
  if (step.mode === 'lambda' && step.settings.batch?.enable_gpu) {
    const hint = 'Add "execution_mode: batch" below "lambda:".';
    return [problem(step, 'gpu-on-lambda', 'Lambda has no GPUs', place, hint)];
  }
  if (step.limits.gpus === 0 || types.some((type) => GPU_FAMILY.test(type))) return [];
  const hint = 'Add "instance_types: [g4dn.xlarge]" below "compute_resources:".';
  const message = `"${step.id}" asks for a GPU, but no instance type of it has one`;
  return [problem(step, 'gpu-without-instance', message, place, hint)];
};

export const LIMITS: readonly Rule<AwsStep>[] = [
  ranges,
  retention,
  batchWithoutMode,
  modeWithoutBatch,
  multiNode,
  instances,
  gpuWithoutInstance,
];
