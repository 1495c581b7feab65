/** `batch` of an AWS function: the job, and the machines that run it. */

import { decimal, flag, integer, list, record, section, text } from '../../../../fdl/schema/field.ts';
import { AWS_DEFAULTS } from '../defaults.ts';
import { awsEnvironment } from './container.ts';
import { ONLY_LAMBDA_PROFILE, ONLY_LAMBDA_REGION, WITHOUT_EFFECT } from './without-effect.ts';

const since = 'SCAR';
const ours = 'fdl 0.1.0';

const multiNodeParallel = section(
  {
    enabled: flag({
      title: 'Enabled',
      description: 'Whether one job runs on several machines at the same time, as MPI programs need it.',
      default: false,
      since,
    }),
    number_nodes: integer({
      title: 'Nodes',
      description: 'Number of machines of one job.',
      default: 10,
      since,
    }),
    main_node_index: integer({
      title: 'Main node',
      description: 'Number of the machine that leads the job, from 0.',
      default: 0,
      since,
    }),
  },
  {
    title: 'Multi-node job',
    description:
      'Jobs that run on several machines together, each with the script and its number in `AWS_BATCH_JOB_NODE_INDEX`. What the main node leaves is the output.',
    since,
  },
);

const computeResources = section(
  {
    type: text({
      title: 'Type',
      description:
        '`EC2` for machines on demand, `SPOT` for cheaper ones that AWS may take back; `FARGATE` and `FARGATE_SPOT` for jobs without machines of your own.',
      default: 'EC2',
      values: ['EC2', 'SPOT', 'FARGATE', 'FARGATE_SPOT'],
      since,
    }),
    instance_types: list(
      text({
        title: 'Instance type',
        description: 'A type or family of machines.',
        public: true,
        word: true,
      }),
      {
        title: 'Instance types',
        description:
          'Types or families of machines that may be used; `optimal` lets AWS choose, and `default_arm64` among ARM processors. SCAR adds m3.medium to every list.',
        default: ['optimal'],
        examples: [['g4dn.xlarge']],
        since,
      },
    ),
    min_v_cpus: integer({
      title: 'Fewest vCPUs',
      description: 'vCPUs that are kept running, and paid for, while no job waits.',
      default: 0,
      since,
    }),
    max_v_cpus: integer({
      title: 'Most vCPUs',
      description:
        'vCPUs that all machines together may have. Without it, as many as one job asks for, but not less than 2.',
      default: 2,
      since,
    }),
    desired_v_cpus: integer({
      title: 'vCPUs at the start',
      description: 'vCPUs that are started along with the environment.',
      default: 0,
      since,
    }),
    subnets: list(text({ title: 'Subnet', description: 'Id of a subnet.', public: true, word: true }), {
      title: 'Subnets',
      description: 'Subnets that the machines start in. Without any, those of the default VPC are used.',
      examples: [['subnet-0123456789abcdef0']],
      default: [],
      since,
    }),
    security_group_ids: list(
      text({ title: 'Security group', description: 'Id of a security group.', public: true, word: true }),
      {
        title: 'Security groups',
        description: 'Security groups of the machines. Without any, the default one of the VPC is used.',
        examples: [['sg-0123456789abcdef0']],
        default: [],
        since,
      },
    ),
    instance_role: text({
      title: 'Instance role',
      description:
        'ARN of the instance profile of the machines; `{account_id}` stands for the account. Without it, one is made.',
      since,
      public: true,
    }),
    root_volume_gb: integer({
      title: 'Root volume',
      description:
        "Size of each machine's disk in GiB, at least 30. Images and the files of jobs must fit. On AWS Fargate the disk of each job, from 21 to 200; without it, it has 20.",
      default: 30,
      since: ours,
    }),
    launch_template_name: text({
      title: 'Launch template',
      description:
        'Name of the launch template that SCAR installs its supervisor with. `fdl` makes one of its own.',
      since,
      deprecated: WITHOUT_EFFECT,
      public: true,
    }),
    comp_type: text({
      title: 'Type',
      description: 'A name of the type that SCAR checks and does not use.',
      since,
      deprecated: 'it has no effect; write `type`.',
      public: true,
    }),
  },
  { title: 'Compute resources', description: 'The machines that the jobs run on.', since },
);

/** `batch` of an entry of `functions.aws`; it counts for the execution modes `batch` and `lambda-batch`. */
export const batch = section(
  {
    vcpus: decimal({
      title: 'vCPUs',
      description: 'vCPUs of one job; on AWS Fargate 0.25, 0.5, 1, 2, 4, 8, 16 or 32.',
      default: AWS_DEFAULTS.jobVcpus,
      since,
    }),
    memory: integer({
      title: 'Memory',
      description:
        'Memory of one job in MiB; a job that needs more is stopped. On AWS Fargate it must go with `vcpus`; without it, it is the least that does.',
      default: AWS_DEFAULTS.jobMemory,
      since,
    }),
    enable_gpu: flag({
      title: 'GPU',
      description: 'Whether one job gets a GPU; `gpus` asks for several. The instance types must have them.',
      default: false,
      since,
    }),
    gpus: integer({ title: 'GPUs', description: 'Number of GPUs of one job.', since: ours }),
    shared_memory: integer({
      title: 'Shared memory',
      description:
        'Size of `/dev/shm` in MiB; programs that share data between processes need more than the usual 64.',
      since: ours,
    }),
    ulimits: record(integer({ title: 'Limit', description: 'Soft and hard limit.' }), {
      title: 'Limits',
      description: 'Limits of processes in the container by their names, such as `nofile` or `memlock`.',
      examples: [{ nofile: 65536 }],
      since: ours,
    }),
    timeout: integer({
      title: 'Timeout',
      description:
        'Seconds after which a running job is stopped, at least 60. Without it, jobs are not limited.',
      since: ours,
    }),
    retries: integer({
      title: 'Retries',
      description: 'Times that a failed job is started again, from 0 to 9.',
      since: ours,
    }),
    environment: awsEnvironment({
      title: 'Environment',
      description: 'Environment variables of the jobs, besides those of `lambda.container.environment`.',
      since,
    }),
    multi_node_parallel: multiNodeParallel,
    compute_resources: computeResources,
    state: text({
      title: 'State',
      description: 'Whether the environment and its queue accept jobs.',
      default: 'ENABLED',
      values: ['ENABLED', 'DISABLED'],
      since,
    }),
    type: text({
      title: 'Type',
      description: '`MANAGED` lets AWS start and stop machines.',
      default: 'MANAGED',
      values: ['MANAGED'],
      since,
    }),
    service_role: text({
      title: 'Service role',
      description:
        "ARN of the role that AWS Batch works with; `{account_id}` stands for the account. Without it, the account's own is used.",
      since,
      public: true,
    }),
    boto_profile: text({
      title: 'Profile',
      description: 'AWS profile for the calls to AWS Batch.',
      since,
      deprecated: ONLY_LAMBDA_PROFILE,
      public: true,
    }),
    region: text({
      title: 'Region',
      description: 'AWS region of the jobs.',
      since,
      deprecated: ONLY_LAMBDA_REGION,
      public: true,
    }),
  },
  {
    title: 'Batch',
    description: 'The jobs on AWS Batch that the execution modes `batch` and `lambda-batch` need.',
    since,
  },
);
