/** Rows about the steps of a file and what SCAR reads. */
import { isAws } from '../../../src/providers/aws/dialect/step.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { onAws, onOscar } from '../read-text.ts';
import { type Decision, settings } from './decision.ts';

const ids = ({ steps }: Workflow) => steps.map(({ id }) => id);
const service = (name: string) => `{name: ${name}, image: busybox, script: run.sh}`;

export const STEPS: readonly Decision[] = [
  {
    what: 'a list of functions, from before 2019',
    fdl: 'functions:\n- name: f\n  image: busybox\n',
    findings: ['legacy-functions 1:1'],
    says: 'Write a list below "functions.aws"',
  },
  {
    what: '`functions.<name>`, from before 2019',
    fdl: 'functions:\n  my-function:\n    image: busybox\n',
    findings: ['legacy-functions 2:3'],
    says: 'name: my-function',
  },
  {
    what: 'a file without `functions`, such as a configuration of another tool',
    fdl: 'layers: []\n',
    findings: ['not-fdl 1:1'],
    says: 'it has no "functions"',
  },
  { what: '`functions` without a step', fdl: 'functions: {aws: []}\n', findings: ['no-functions 1:1'] },
  {
    what: 'a service without the id of its cluster above it',
    fdl: 'functions:\n  oscar:\n  - name: step\n    image: busybox\n',
    findings: ['missing-cluster 3:5'],
    says: 'Put a line "- my-cluster:" above it',
  },
  {
    what: 'a cluster without a service below it, beside functions of AWS',
    fdl: `${onAws()}  oscar:\n  - my_oscar:\n`,
    findings: ['empty-service 9:5'],
    says: '"my_oscar" has no service below it',
    read: ids,
    gives: ['step'],
  },
  {
    what: 'several clusters in one list item',
    fdl: `functions:\n  oscar:\n  - one: ${service('first')}\n    two: ${service('second')}\n`,
    findings: ['unfed-step 3:5', 'unfed-step 4:5'],
    read: ids,
    gives: ['first', 'second'],
  },
  {
    what: 'one name on two clusters, or on AWS and a cluster',
    fdl: `functions:\n  oscar:\n  - one: ${service('step')}\n  - two: ${service('step')}\n`,
    findings: ['unfed-step 3:5', 'unfed-step 4:5'],
    read: ids,
    gives: ['one/step', 'two/step'],
  },
  {
    what: 'one name twice in one place',
    fdl: `functions:\n  oscar:\n  - one: ${service('step')}\n  - one: ${service('step')}\n`,
    findings: ['duplicate-step 4:17'],
    says: 'first on line 3',
  },
  {
    what: 'a step without a name',
    fdl: 'functions:\n  oscar:\n  - cluster:\n      name: ""\n      image: busybox\n      script: run.sh\n  - other:\n      image: busybox\n      script: run.sh\n  aws:\n  -\n',
    findings: ['missing-key 7:5'],
  },
  {
    what: 'a name that is empty, or an empty item in a list of steps',
    fdl: 'functions:\n  oscar:\n  - cluster:\n      name: ""\n      image: busybox\n      script: run.sh\n  aws:\n  -\n',
    findings: ['missing-name 3:5', 'missing-name 8:3'],
  },
  {
    what: 'an entry of `functions.aws` without `lambda`',
    fdl: 'functions:\n  aws:\n  - name: step\n',
    findings: ['missing-key 3:5', 'unknown-key 3:5'],
    says: 'Did you mean "lambda.name"?',
  },
  {
    what: 'a name that its provider refuses, such as `my_step` of a service',
    fdl: onOscar().replace('name: step', 'name: My_Step'),
    findings: ['service-name 4:13 cloud'],
    says: 'such as my-step',
    read: ids,
    gives: ['My_Step'],
  },
  {
    what: 'fields that nothing reads any more, such as `supervisor.version` or `deployment.bucket`',
    fdl: onAws('supervisor:\n  version: 1.2.0\ndeployment: {bucket: b}'),
    findings: ['deprecated 9:9', 'deprecated 10:20'],
    says: 'It has no effect; leave it out.',
  },
  {
    what: 'fields where the command line of SCAR puts its options: `execution_mode` beside `lambda`',
    fdl: onAws('', 'execution_mode: batch'),
    findings: ['deprecated 8:5'],
    says: 'write `lambda.execution_mode`',
    read: ({ steps }) => steps[0]?.mode,
    gives: 'lambda',
  },
  {
    what: '`scar:` at the top of the file',
    fdl: onAws('', '', 'scar:\n  verbose: true'),
    findings: ['deprecated 8:1'],
  },
  {
    what: 'settings beyond what AWS allows, such as `timeout: 3600`',
    fdl: onAws('timeout: 3600'),
    findings: ['out-of-range 8:16 cloud'],
    says: 'execution_mode: batch',
  },
  {
    what: '`execution_mode: batch` without `batch`',
    fdl: onAws('execution_mode: batch'),
    findings: ['mode-without-batch 8:23'],
    read: ({ steps }) => steps[0]?.limits,
    gives: { memoryMib: 1024, cpus: 1, gpus: 0 },
  },
  {
    what: '`batch` with a step that runs on Lambda',
    fdl: onAws('', 'batch: {vcpus: 4}'),
    findings: ['batch-without-mode 8:5'],
    read: ({ steps }) => steps[0]?.limits.cpus,
    gives: undefined,
  },
  {
    what: '`lambda.retries` with a step that AWS Batch runs',
    fdl: onAws('execution_mode: batch\nretries: 2', 'batch: {vcpus: 1}'),
    findings: ['retries-without-effect 9:16'],
  },
  {
    what: '`compute_resources.type: FARGATE` with settings of machines',
    fdl: onAws('execution_mode: batch', 'batch: {compute_resources: {type: FARGATE, min_v_cpus: 1}}'),
    findings: ['fargate-without-effect 9:60'],
  },
  {
    what: '`lambda.on_failure` with a step that AWS Batch runs',
    fdl: onAws('execution_mode: batch\non_failure: arn:aws:s3:::failed', 'batch: {vcpus: 1}'),
    findings: ['on-failure-of-jobs 9:19'],
  },
  {
    what: '`instance_types`, to which SCAR adds its own',
    fdl: onAws('execution_mode: batch', 'batch: {compute_resources: {instance_types: [m7i.large]}}'),
    read: ({ steps }) => steps.find(isAws)?.settings.batch?.compute_resources?.instance_types,
    gives: ['m7i.large'],
  },
  {
    what: 'a runtime of Python: `runtime: python3.7`',
    fdl: onAws('runtime: python3.7'),
    findings: ['runtime-without-effect 8:16'],
    read: (workflow) => settings(workflow)['runtime'],
    gives: 'python3.7',
  },
  {
    what: 'addresses without authentication: `auth: none`',
    fdl: onAws('function_url: true\nauth: none'),
    findings: ['open-endpoint 9:13'],
    says: 'auth: iam',
    read: (workflow) => settings(workflow)['auth'],
    gives: 'none',
  },
  {
    what: '`container.image_file` beside `container.image`',
    fdl: onAws().replace('image: busybox', 'image: busybox\n        image_file: a.tar'),
    findings: ['image-file-without-effect 8:21'],
  },
  {
    what: 'an image with `docker://` in front',
    fdl: onOscar().replace('image: busybox', 'image: docker://busybox'),
    findings: ['image-name 5:14 cloud'],
  },
  {
    what: 'an image with `docker://` in front, for a node of InterLink',
    fdl: onOscar('interlink_node_name: vega').replace('image: busybox', 'image: docker://busybox'),
    read: ({ steps }) => steps[0]?.image,
    gives: 'docker://busybox',
  },
  {
    what: 'a function without a script',
    fdl: onAws().replace('      init_script: run.sh\n', ''),
    findings: ['no-script 3:5'],
  },
  {
    what: 'a service, or a step with an input, without a script',
    fdl: onOscar('input:\n- {storage_provider: minio, path: bucket/in}').replace(
      '      script: run.sh\n',
      '',
    ),
    findings: ['missing-script 3:5 any'],
  },
  {
    what: '`create_image: false` with an image of ECR: it is run as it is',
    fdl: onAws().replace(
      'image: busybox',
      'image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1\n        create_image: false',
    ),
    findings: ['script-without-effect 5:20'],
  },
  {
    what: '`run_script` without `init_script`',
    fdl: onAws().replace('init_script', 'run_script'),
    read: ({ steps }) => steps[0]?.script?.kind,
    gives: 'file',
  },
  {
    what: 'the credentials of a cluster in the service itself, as SCAR has them',
    fdl: onOscar('endpoint: https://oscar.example.org\nauth_user: me'),
    findings: ['deprecated 7:7', 'deprecated 8:7'],
    says: 'under `clusters`',
    read: (workflow) => settings(workflow)['endpoint'],
    gives: 'https://oscar.example.org',
  },
  {
    what: 'an item of `on_failure` or `on_success` with a webhook and a command, with neither, or with a webhook that is no URL',
    fdl: `${onAws()}on_failure:\n- sns: arn\n- {webhook: 'https://a.example/x', command: b}\non_success:\n- webhook: hunter2\n`,
    findings: [
      'notification-target 9:3',
      'unknown-key 9:3',
      'notification-target 10:3',
      'notification-target 12:12',
    ],
    says: 'Make two items of it',
  },
];
