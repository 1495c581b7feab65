import { describe } from 'vitest';
import { onAws, onOscar } from '../../fdl/read-text.ts';
import { finds, type Row } from './rows.ts';

const job = (batch: string) => onAws('execution_mode: batch', `batch: {${batch}}`);
const instances = (types: string, more = '') => job(`${more}compute_resources: {instance_types: ${types}}`);

const fargate = (batch = '', resources = 'FARGATE') => job(`${batch}compute_resources: {type: ${resources}}`);

/** At the edges of a range and one beyond them. */
function range(
  field: string,
  file: (value: number) => string,
  [min, max]: readonly [number, number],
  place: string,
): readonly Row[] {
  return [
    [
      `${field} ${min - 1}`,
      file(min - 1),
      [place],
      `"${field}" is ${min - 1}, but must be between ${min} and ${max}`,
    ],
    [`${field} ${min}`, file(min), []],
    [`${field} ${max}`, file(max), []],
    [`${field} ${max + 1}`, file(max + 1), [place], `Write a number from ${min} to ${max}`],
  ];
}

describe('settings that AWS refuses', () => {
  finds('out-of-range', 'cloud', [
    ...range('memory', (value) => onAws(`memory: ${value}`), [128, 10_240], '8:15'),
    ...range('timeout', (value) => onAws(`timeout: ${value}`), [1, 900], '8:16'),
    ...range('ephemeral_storage', (value) => onAws(`ephemeral_storage: ${value}`), [512, 10_240], '8:26'),
    ...range('retries', (value) => onAws(`retries: ${value}`), [0, 2], '8:16'),
    ...range('vcpus', (value) => job(`vcpus: ${value}`), [1, 10_000], '9:20'),
    ...range('memory', (value) => job(`memory: ${value}`), [4, 100_000_000], '9:21'),
    ...range('timeout', (value) => job(`timeout: ${value}`), [60, 100_000_000], '9:22'),
    ...range('retries', (value) => job(`retries: ${value}`), [0, 9], '9:22'),
    ...range(
      'root_volume_gb',
      (value) => job(`compute_resources: {root_volume_gb: ${value}}`),
      [30, 16_384],
      '9:49',
    ),
    [
      'a long function should be a job',
      onAws('timeout: 3600'),
      ['8:16'],
      'For longer steps use "execution_mode: batch".',
    ],
    [
      'a job has a limit of its own',
      onAws('execution_mode: batch\ntimeout: 3600'),
      ['9:16'],
      '"timeout" below "batch:"',
    ],
    ['several at once', onAws('memory: 1\ntimeout: 0'), ['8:15', '9:16']],
  ]);

  finds('retries-without-effect', undefined, [
    ['of a function', onAws('retries: 2'), []],
    ['of jobs', onAws('execution_mode: batch\nretries: 2', 'batch: {vcpus: 1}'), ['9:16'], 'below "batch:"'],
    [
      'of what becomes jobs',
      onAws('execution_mode: lambda-batch\nretries: 0', 'batch: {vcpus: 1}'),
      ['9:16'],
    ],
  ]);

  const accessPoint = 'arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0';
  finds('file-system', 'any', [
    ['as AWS wants it', onAws(`file_system: [{Arn: "${accessPoint}", LocalMountPath: /mnt/efs}]`), []],
    [
      'elsewhere',
      onAws(`file_system: [{Arn: "${accessPoint}", LocalMountPath: /data}]`),
      ['8:21'],
      '/mnt/efs',
    ],
    ['by its id', onAws('file_system: [{Arn: fs-1, LocalMountPath: /mnt/efs}]'), ['8:21'], 'fsap-'],
  ]);

  finds('on-failure', 'cloud', [
    ['a queue', onAws('on_failure: "arn:aws:sqs:eu-west-1:{account_id}:failed"'), []],
    ['a topic', onAws('on_failure: arn:aws:sns:eu-west-1:123456789012:failed'), []],
    ['a bucket', onAws('on_failure: arn:aws:s3:::my.failed-inputs'), []],
    ['a FIFO queue', onAws('on_failure: arn:aws:sqs:eu-west-1:123456789012:failed.fifo'), ['8:19'], 'FIFO'],
    ['a name', onAws('on_failure: failed'), ['8:19'], 'arn:aws:s3:::my-failures'],
    ['something else', onAws('on_failure: arn:aws:dynamodb:eu-west-1:123456789012:table/failed'), ['8:19']],
    [
      'a bucket that starts the step',
      onAws('on_failure: arn:aws:s3:::bkt\ninput: [{storage_provider: s3, path: bkt}]'),
      ['8:19'],
      'starts "step"',
    ],
    [
      'a bucket with an input elsewhere in it',
      onAws('on_failure: arn:aws:s3:::bkt\ninput: [{storage_provider: s3, path: bkt/in}]'),
      [],
    ],
    [
      'a bucket whose folder of failures is an input',
      onAws('on_failure: arn:aws:s3:::bkt\ninput: [{storage_provider: s3, path: bkt/aws/lambda}]'),
      ['8:19'],
    ],
  ]);

  finds('on-failure-of-jobs', undefined, [
    ['of a function', onAws('on_failure: arn:aws:s3:::failed'), []],
    [
      'of jobs',
      onAws('execution_mode: batch\non_failure: arn:aws:s3:::failed', 'batch: {vcpus: 1}'),
      ['9:19'],
      'fdl status --failed',
    ],
  ]);

  finds('log-retention', 'cloud', [
    [
      'a number of days that CloudWatch has not',
      onAws('', 'cloudwatch: {log_retention_policy_in_days: 31}'),
      ['8:48'],
      'Write 60,',
    ],
    [
      'more days than there are',
      onAws('', 'cloudwatch: {log_retention_policy_in_days: 9999}'),
      ['8:48'],
      'Write 3653,',
    ],
    ['a number that it has', onAws('', 'cloudwatch: {log_retention_policy_in_days: 365}'), []],
    ['none', onAws(), []],
  ]);

  finds('fargate', 'cloud', [
    ['a size that there is', fargate('vcpus: 4, memory: 8192, '), []],
    ['half a vCPU', fargate('vcpus: 0.5, memory: 1024, '), []],
    ['vCPUs alone', fargate('vcpus: 16, '), []],
    ['memory alone', fargate('memory: 61440, '), []],
    ['neither', fargate(), []],
    [
      'memory that does not go with the vCPUs',
      fargate('vcpus: 1, memory: 1024, '),
      ['9:31'],
      'with "vcpus: 1", "memory" may be 2048, 3072, 4096, 5120, 6144, 7168 or 8192; with "memory: 1024", "vcpus" may be 0.25 or 0.5.',
    ],
    ['vCPUs that there are not', fargate('vcpus: 3, memory: 8192, '), ['9:20'], '"vcpus" may be 0.25, 0.5,'],
    ['too much memory', fargate('memory: 500000, '), ['9:21'], 'with "vcpus: 1"'],
    ['a GPU', fargate('enable_gpu: true, '), ['9 true'], 'type: EC2'],
    ['GPUs', fargate('gpus: 2, '), ['9:19'], 'type: EC2'],
    ['shared memory', fargate('shared_memory: 128, '), ['9:28']],
    ['limits', fargate('ulimits: {nofile: 1024}, '), ['9:13']],
    ['a small disk', fargate('', 'FARGATE, root_volume_gb: 20'), ['9:64'], 'from 21 to 200'],
    ['a disk', fargate('', 'FARGATE_SPOT, root_volume_gb: 200'), []],
    ['half a vCPU on machines', job('vcpus: 0.5'), ['9:20'], 'type: FARGATE'],
  ]);

  finds('fargate-without-effect', undefined, [
    ['types of machines', fargate('', 'FARGATE, instance_types: [m5]'), ['9:48'], 'Remove it'],
    ['fewest vCPUs', fargate('', 'FARGATE, min_v_cpus: 0'), ['9:60']],
    ['what Fargate has', fargate('', 'FARGATE, max_v_cpus: 4, subnets: [subnet-1]'), []],
  ]);

  finds('multi-node', 'cloud', [
    ['enabled', job('multi_node_parallel: {enabled: true, number_nodes: 4, main_node_index: 3}'), []],
    [
      'on spot instances',
      job('multi_node_parallel: {enabled: true}, compute_resources: {type: SPOT}'),
      ['9:77'],
      'type: EC2',
    ],
    [
      'on Fargate',
      job('vcpus: 1, multi_node_parallel: {enabled: true}, compute_resources: {type: FARGATE}'),
      ['9:87'],
    ],
    [
      'a function first',
      onAws('execution_mode: lambda-batch', 'batch: {multi_node_parallel: {enabled: true}}'),
      ['8:23'],
      'execution_mode: batch',
    ],
    ['no node', job('multi_node_parallel: {enabled: true, number_nodes: 0}'), ['9:64'], 'from 1'],
    [
      'a main node that there is not',
      job('multi_node_parallel: {enabled: true, number_nodes: 2, main_node_index: 2}'),
      ['9:84'],
      'one of these numbers',
    ],
    ['not enabled', job('multi_node_parallel: {enabled: false, number_nodes: 0}'), []],
  ]);

  finds('retired-instance', 'cloud', [
    ['a GPU that is gone', instances('[g4dn.xlarge, g3s.xlarge]'), ['9:63'], 'g4dn.xlarge'],
    ['a family that is gone', instances('[p2]'), ['9:50']],
    ['a machine that is gone', instances('[m1.small]'), ['9:50'], 'Leave "instance_types" out'],
    ['one that images of today do not support', instances('[a1.large]'), ['9:50'], 'm7g.large'],
    ['others', instances('[m3.medium, optimal, p4d.24xlarge, g6.xlarge, c1x.large]'), []],
  ]);
});

describe('settings that have no effect on AWS', () => {
  finds('batch-without-mode', undefined, [
    ['batch with Lambda', onAws('', 'batch: {vcpus: 2}'), ['8:5'], 'execution_mode: batch'],
    ['batch with a job', job('vcpus: 2'), []],
    ['batch with both', onAws('execution_mode: lambda-batch', 'batch: {vcpus: 2}'), []],
    ['an empty batch', onAws('', 'batch:'), []],
  ]);

  finds('mode-without-batch', undefined, [
    ['a job without settings', onAws('execution_mode: batch'), ['8:23'], '1 vCPU and 1024 MiB'],
    ['a function that may become one', onAws('execution_mode: lambda-batch'), ['8:23']],
    ['a job with settings', job('vcpus: 2'), []],
    ['a function', onAws('execution_mode: lambda'), []],
  ]);
});

describe('GPUs on AWS', () => {
  finds('gpu-on-lambda', 'cloud', [
    ['on Lambda', onAws('', 'batch: {enable_gpu: true}'), ['8 true'], 'execution_mode: batch'],
    ['on Batch', instances('[g4dn.xlarge]', 'enable_gpu: true, '), []],
    ['on OSCAR', onOscar('enable_gpu: true'), []],
  ]);

  finds('gpu-without-instance', 'cloud', [
    ['without instance types', job('enable_gpu: true'), ['9 true'], 'instance_types: [g4dn.xlarge]'],
    ['with others', instances('[m7i.large]', 'enable_gpu: true, '), ['9 true']],
    ['with a number of them', job('gpus: 2'), ['9 2']],
    ['with one that has them', instances('[m7i.large, g5]', 'gpus: 1, '), []],
    ['without a GPU', job('enable_gpu: false, vcpus: 1'), []],
  ]);
});
