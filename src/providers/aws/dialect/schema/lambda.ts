/** `lambda` of an AWS function: its name, its limits, its files and where it runs. */

import { flag, integer, list, record, section, text } from '../../../../fdl/schema/field.ts';
import { storageEntry } from '../../../../fdl/schema/storage.ts';
import { AWS_DEFAULTS } from '../defaults.ts';
import { awsEnvironment, container, deployment, supervisor } from './container.ts';
import { invocation } from './invocation.ts';
import { WITHOUT_EFFECT } from './without-effect.ts';

const since = 'SCAR';
const ours = 'fdl 0.1.0';

const vpc = section(
  {
    SubnetIds: list(text({ title: 'Subnet', description: 'Id of a subnet.', public: true }), {
      title: 'Subnets',
      description: 'Subnets that the function is attached to.',
      examples: [['subnet-0123456789abcdef0']],
      since,
    }),
    SecurityGroupIds: list(
      text({ title: 'Security group', description: 'Id of a security group.', public: true }),
      {
        title: 'Security groups',
        description: 'Security groups that say what the function may reach.',
        examples: [['sg-0123456789abcdef0']],
        since,
      },
    ),
  },
  { title: 'VPC', description: 'The private network that the function is attached to.', since },
);

const fileSystem = section(
  {
    Arn: text({
      title: 'Access point',
      description: 'ARN of an EFS access point.',
      since,
      public: true,
    }),
    LocalMountPath: text({
      title: 'Mount path',
      description: 'Where the function sees it; AWS asks for a path below `/mnt/`.',
      examples: ['/mnt/efs'],
      since,
      public: true,
    }),
  },
  { title: 'File system', description: 'A file system of EFS and where it is mounted.', since },
);

/** `lambda` of an entry of `functions.aws`. */
export const lambda = section(
  {
    name: text({
      title: 'Name',
      description: 'Name of the step, and of its function on AWS.',
      examples: ['split-video'],
      since,
      public: true,
    }),
    description: text({
      title: 'Description',
      description: 'What the function says of itself on AWS.',
      since,
      public: true,
    }),
    execution_mode: text({
      title: 'Execution mode',
      description:
        '`lambda` runs on Lambda, `batch` on AWS Batch, `lambda-batch` starts on Lambda and hands over to AWS Batch when that fails or takes too long.',
      default: 'lambda',
      values: ['lambda', 'lambda-batch', 'batch'],
      since,
    }),
    init_script: text({
      title: 'Script',
      description:
        'Path of the script, from the folder of this file, or the script itself as a block of text. It runs once for each input file.',
      examples: ['split-video.sh'],
      since,
      public: true,
      file: true,
    }),
    container,
    input: list(storageEntry, {
      title: 'Input',
      description: 'Folders whose new files start the function. AWS starts it for files in S3.',
      since,
    }),
    output: list(storageEntry, {
      title: 'Output',
      description: 'Folders that take the files that the script leaves in `$TMP_OUTPUT_DIR`.',
      since,
    }),
    memory: integer({
      title: 'Memory',
      description: 'Memory of the function in MB, from 128 to 10240. The CPU share grows with it.',
      default: AWS_DEFAULTS.memory,
      since,
    }),
    timeout: integer({
      title: 'Timeout',
      description: 'Seconds that one run may take, at most 900.',
      default: AWS_DEFAULTS.timeout,
      since,
    }),
    ephemeral_storage: integer({
      title: 'Ephemeral storage',
      description:
        'Size of `/tmp` in MB, from 512 to 10240. Inputs, outputs and what the script writes must fit.',
      default: AWS_DEFAULTS.ephemeralStorage,
      since: ours,
    }),
    retries: integer({
      title: 'Retries',
      description:
        'Times that AWS Lambda repeats an event that failed, from 0 to 2. With 0, what a script failed on is not repeated, and what went wrong around it is, twice.',
      default: 0,
      since: ours,
    }),
    on_failure: text({
      title: 'On failure',
      description:
        'ARN of a queue (SQS), a topic (SNS) or a bucket that gets what failed for good: the event and the error. Every failure is handed there after `retries` repetitions, also that of a script.',
      examples: ['arn:aws:sqs:eu-west-1:{account_id}:failed', 'arn:aws:s3:::my-failures'],
      since: ours,
      public: true,
    }),
    reserved_concurrency: integer({
      title: 'Reserved concurrency',
      description: 'Number of runs at the same time that are set aside for this function, and its limit.',
      since: ours,
    }),
    architectures: list(
      text({ title: 'Architecture', description: 'A processor architecture.', values: ['x86_64', 'arm64'] }),
      {
        title: 'Architectures',
        description: 'Processor that the function runs on, as a list of one.',
        default: ['x86_64'],
        since,
      },
    ),
    environment: awsEnvironment({
      title: 'Environment',
      description:
        'Environment variables of the function; the script sees those of `container.environment` besides.',
      since,
    }),
    log_level: text({
      title: 'Log level',
      description: 'How much the supervisor writes to the log.',
      default: 'INFO',
      values: ['NOTSET', 'DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL'],
      since,
    }),
    function_url: flag({
      title: 'Function URL',
      description:
        'Whether the function gets an HTTPS address of its own, which answers within the timeout of the function.',
      default: false,
      since: ours,
    }),
    auth: text({
      title: 'Authentication',
      description: 'Who may call the function URL: `iam` asks for signed requests, `none` lets everybody in.',
      default: 'iam',
      values: ['iam', 'none'],
      since: ours,
    }),
    over_http: text({
      title: 'Over HTTP',
      description:
        'Whether a request over HTTP may carry a script, a command or an event, which run and read whatever the function may: `refuse` or `allow`.',
      default: 'refuse',
      values: ['refuse', 'allow'],
      since: ours,
    }),
    tags: record(text({ title: 'Tag', description: 'Value of one tag.', public: true }), {
      title: 'Tags',
      description: 'Tags on what is made for the step alone: function, role, logs and addresses.',
      examples: [{ project: 'microscopy' }],
      since: ours,
    }),
    region: text({
      title: 'Region',
      description:
        'AWS region of the step. Without it, `AWS_REGION` counts, then the profile, then us-east-1.',
      examples: ['eu-west-1'],
      since,
      public: true,
    }),
    boto_profile: text({
      title: 'Profile',
      description:
        'AWS profile with the credentials for this step. Without it, or with `default`, the usual chain of the AWS SDK is followed.',
      since,
      public: true,
    }),
    vpc,
    file_system: list(fileSystem, {
      title: 'File systems',
      description:
        'File systems of EFS that the function sees; they need `vpc`. With `--local`, a folder of this machine stands for each.',
      since,
    }),
    extra_payload: text({
      title: 'Extra payload',
      description:
        'Path of a file or folder that scripts find below `EXTRA_PAYLOAD`, from the working directory or else from the FDL file.',
      since,
      public: true,
      file: true,
    }),
    deployment,
    supervisor,
    ...invocation,
    runtime: text({
      title: 'Runtime',
      description:
        'Runtime that SCAR packages the function for. Every function is a container image here, as with `image`.',
      examples: ['image'],
      since,
      public: true,
    }),
    layers: list(text({ title: 'Layer', description: 'ARN of a layer.', public: true }), {
      title: 'Layers',
      description: 'Lambda layers that SCAR adds. Functions that are container images cannot have layers.',
      since,
      deprecated: 'it has no effect; put what it holds into the image.',
    }),
    image_file: text({
      title: 'Image file',
      description: 'A path that SCAR reads and does not use.',
      since,
      deprecated: 'it has no effect; write `container.image_file`.',
      public: true,
    }),
    timeout_threshold: integer({
      title: 'Timeout threshold',
      description: 'Where the command line of SCAR puts its threshold.',
      since,
      deprecated: 'it has no effect; write `container.timeout_threshold`.',
    }),
    lambda_role: text({
      title: 'Role',
      description: 'Where the command line of SCAR puts a role that it does not use.',
      since,
      deprecated: 'it has no effect; write `iam.role`.',
      public: true,
    }),
    list_layers: flag({
      title: 'List layers',
      description: 'A flag of the command line of SCAR.',
      since,
      deprecated: WITHOUT_EFFECT,
    }),
  },
  {
    title: 'Lambda',
    description: 'The step: its name, container, script, files and limits.',
    required: ['name'],
    since,
  },
);
