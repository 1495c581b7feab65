/** What AWS would refuse or ignore of an entry: names and content, numbers out of range. */

import { note, problem, type Rule } from '../../../workflow/check.ts';
import {
  missingImage,
  scriptHint,
  unhandledInput,
  wrongImageName,
} from '../../../workflow/checks/content.ts';
import { lengthOr } from '../../../workflow/checks/names.ts';
import { AWS_DEFAULTS } from './defaults.ts';
import { registryRegion, runsGivenImage } from './ecr.ts';
import { architectureOf, platformOf } from './platform.ts';
import type { AwsStep } from './step.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html */
const FUNCTION_NAME = /^[A-Za-z0-9_-]{1,64}$/;

const functionName: Rule<AwsStep> = (step, { at }) => {
  if (FUNCTION_NAME.test(step.name)) return [];
  const message = `"${step.name}" is no name for a function: ${lengthOr(step.name, 64, 'it has other characters')}`;
  const hint = 'Use up to 64 letters, digits, "-" and "_".';
  return [problem(step, 'function-name', message, at(step, 'lambda', 'name'), hint)];
};

const image: Rule<AwsStep> = (step, { at }) => {
  const { image: name, image_file: file } = step.settings.lambda?.container ?? {};
  if (!file || !name) return missingImage(step, 'Add "container: {image: …}" below "lambda:".');
  const place = at(step, 'lambda', 'container', 'image_file');
  const message = `"image_file" has no effect: "${step.id}" runs the image ${name}`;
  return [note(step, 'image-file-without-effect', message, place, 'Remove one of them.')];
};

const imageName: Rule<AwsStep> = (step, { at }) =>
  wrongImageName(step, at(step, 'lambda', 'container', 'image'));

/** AWS Lambda takes images of its own region only. Of a step without a region, only the environment knows it. */
const imageRegion: Rule<AwsStep> = (step, { at }) => {
  const region = step.settings.lambda?.region?.trim();
  const there = registryRegion(step.image ?? '');
  if (!runsGivenImage(step) || !region || region === there) return [];
  const message = `the image ${step.image} is in ${there}, but "${step.id}" runs in ${region}`;
  const hint = `Push it to the registry of ${region} too: AWS Lambda takes images of its own region only.`;
  return [problem(step, 'image-region', message, at(step, 'lambda', 'container', 'image'), hint)];
};

/** An image that is run as it is brings its own program. */
const missingScript: Rule<AwsStep> = (step) => {
  if (step.script || runsGivenImage(step)) return [];
  const hint = scriptHint('init_script');
  if (step.inputs.length > 0) return unhandledInput(step, hint);
  const message = `"${step.id}" has no script: it runs what a call brings along`;
  return [note(step, 'no-script', message, step.place, hint)];
};

const unusedScript: Rule<AwsStep> = (step, { at }) => {
  if (!step.script || !runsGivenImage(step)) return [];
  const message = `"${step.id}" runs its image as it is, so its script has no effect on AWS`;
  const hint = 'Remove "create_image: false", so that the function gets an image with the script in it.';
  return [note(step, 'script-without-effect', message, at(step, 'lambda', 'init_script'), hint)];
};

export const CONTENT: readonly Rule<AwsStep>[] = [
  functionName,
  image,
  imageName,
  imageRegion,
  missingScript,
  unusedScript,
];

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
  { path: ['lambda', 'retries'], min: 0, max: 2, unit: 'retries' },
  { path: ['batch', 'vcpus'], min: 1, max: 10_000, unit: 'vCPUs' },
  { path: ['batch', 'memory'], min: 4, max: 100_000_000, unit: 'MiB' },
  { path: ['batch', 'timeout'], min: 60, max: 100_000_000, unit: 'seconds' },
  { path: ['batch', 'retries'], min: 0, max: 9, unit: 'retries' },
  { path: ['batch', 'compute_resources', 'root_volume_gb'], min: 30, max: 16_384, unit: 'GiB' },
];

/** What has a range of its own on AWS Fargate. */
const OF_MACHINES = ['vcpus', 'root_volume_gb'];

const ranges: Rule<AwsStep> = (step, { at }) =>
  RANGES.flatMap(({ path, min, max, unit }) => {
    const value = read(step.settings, path);
    if (platformOf(step.settings).fargate && OF_MACHINES.includes(path.at(-1) ?? '')) return [];
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

const retriesOfJobs: Rule<AwsStep> = (step, { at }) => {
  if (step.mode === 'lambda' || step.settings.lambda?.retries === undefined) return [];
  const message = `"retries" below "lambda:" has no effect: what "${step.id}" fails on is for AWS Batch`;
  const hint = 'Write it below "batch:", where it says how often a job is started again.';
  return [note(step, 'retries-without-effect', message, at(step, 'lambda', 'retries'), hint)];
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
  const other = platformOf(step.settings).fargate || types.some((type) => GPU_FAMILY.test(type));
  if (step.limits.gpus === 0 || other) return [];
  const hint = 'Add "instance_types: [g4dn.xlarge]" below "compute_resources:".';
  const message = `"${step.id}" asks for a GPU, but no instance type of it has one`;
  return [problem(step, 'gpu-without-instance', message, place, hint)];
};

const gpuProcessor: Rule<AwsStep> = (step, { at }) => {
  if (step.mode === 'lambda' || step.limits.gpus === 0 || architectureOf(step) !== 'arm64') return [];
  const message = `"${step.id}" asks for a GPU and for an ARM processor: Amazon ECS has no such images of machines`;
  const hint = 'Remove "architectures", or ask for no GPU.';
  return [problem(step, 'gpu-processor', message, at(step, 'lambda', 'architectures'), hint)];
};

export const LIMITS: readonly Rule<AwsStep>[] = [
  ranges,
  retention,
  batchWithoutMode,
  modeWithoutBatch,
  retriesOfJobs,
  instances,
  gpuWithoutInstance,
  gpuProcessor,
];
