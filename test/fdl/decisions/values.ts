/** Rows about values of fields. */

import { unsetIn } from '../../../src/unset.ts';
import type { Workflow } from '../../../src/workflow/model.ts';
import { onAws, onOscar } from '../read-text.ts';
import { type Decision, settings } from './decision.ts';

const field = (name: string) => (workflow: Workflow) => settings(workflow)[name];
const environment = ({ steps }: Workflow) => steps[0]?.environment;
const script = ({ steps }: Workflow) => {
  const found = steps[0]?.script;
  return found?.kind === 'inline' ? found.text : found?.path.split('/').slice(-2).join('/');
};

export const VALUES: readonly Decision[] = [
  {
    what: 'a number where a text is due: `cpu: 1.10`',
    fdl: onOscar('cpu: 1.10'),
    read: field('cpu'),
    gives: '1.10',
  },
  {
    what: 'a text where a number is due: `memory: "512"`',
    fdl: onAws('memory: "512"'),
    read: field('memory'),
    gives: 512,
  },
  {
    what: 'a word where a number is due: `memory: lots`',
    fdl: onAws('memory: lots'),
    findings: ['wrong-type 8:15'],
    says: '"memory" must be a whole number, but is "lots"',
  },
  {
    what: 'a reference that gives no number: `memory: ${MEM}`',
    fdl: onAws('memory: ${MEM}\ntimeout: ${env:TIMEOUT:-soon}'),
    findings: ['wrong-type 8:15', 'wrong-type 9:16'],
    says: '"${MEM}" does not give a whole number',
  },
  {
    what: '`yes`, `no`, `on` and `off`',
    fdl: onOscar('enable_gpu: yes\nalpine: off\nenvironment:\n  Variables:\n    DEBUG: yes'),
    read: (workflow) => [
      settings(workflow)['enable_gpu'],
      settings(workflow)['alpine'],
      environment(workflow),
    ],
    gives: [true, false, { DEBUG: 'yes' }],
  },
  {
    what: '`null`, `~` or nothing as a value',
    fdl: onAws('memory: null\ntimeout: ~\ndescription:'),
    read: ({ steps }) => [steps[0]?.limits, field('description')({ steps } as Workflow)],
    gives: [{ memoryMib: 512, gpus: 0, timeoutSeconds: 300 }, undefined],
  },
  {
    what: 'a section without content: `environment:`',
    fdl: onOscar('environment:\ninput:\nsynchronous:', 'storage_providers:\nclusters:'),
    read: environment,
    gives: {},
  },
  {
    what: 'one value where a list is due: `suffix: wav`, `prefix: out`',
    fdl: onAws('output:\n- storage_provider: s3\n  path: bucket/out\n  suffix: wav\n  prefix: out'),
    read: ({ steps }) => steps[0]?.outputs.map(({ suffixes, prefixes }) => [suffixes, prefixes]),
    gives: [[['wav'], ['out']]],
  },
  {
    what: '`api_port` and `nodePort` as a number or as a list',
    fdl: onOscar('expose:\n  api_port: 80\n  nodePort: [30500, 0]'),
    read: field('expose'),
    gives: { api_port: [80], nodePort: [30500, 0] },
  },
  {
    what: 'numbers and booleans as values of variables: `SEND_SNS: false`',
    fdl: onOscar('environment:\n  Variables: {SEND_SNS: false, RATE: 1.0, ID: 007}'),
    read: environment,
    gives: { SEND_SNS: 'false', RATE: '1.0', ID: '007' },
  },
  {
    what: 'a list as the value of a variable or of another text: `TOPIC: [arn]`',
    fdl: onOscar('environment:\n  Variables:\n    TOPIC: [arn]\nvo: [a]'),
    findings: ['wrong-type 9:18', 'wrong-type 10:11'],
    says: 'put it into quotes if it is a text',
  },
  {
    what: '`Variables`, `variables`, `Secrets` and `secrets`',
    fdl: onOscar(
      'environment:\n  Variables: {A: "1", B: "1"}\n  variables: {B: "2"}\n  Secrets: {C: "3"}\n  secrets: {D: "4"}',
    ),
    read: (workflow) => JSON.stringify(environment(workflow)),
    gives: '{"A":"1","B":"2","C":"(secret)","D":"(secret)"}',
  },
  {
    what: '`UDOCKER_…` among the variables of a function',
    fdl: onAws('environment:\n  Variables: {UDOCKER_DIR: /tmp, A: b}'),
    findings: ['udocker 9:34'],
    read: environment,
    gives: { A: 'b' },
  },
  {
    what: '`log_level`, `isolation_level`, `execution_mode` and the like in any case of letters',
    fdl: onAws('log_level: debug\nexecution_mode: LAMBDA'),
    read: ({ steps }) => steps[0]?.mode,
    gives: 'lambda',
  },
  {
    what: 'a value that is none of those that work: `execution_mode: fast`',
    fdl: onAws('execution_mode: fast\nlog_level: 10'),
    findings: ['unknown-value 8:23 cloud', 'unknown-value 9:18 cloud'],
    says: 'one of lambda, lambda-batch, batch',
    read: ({ steps }) => steps[0]?.mode,
    gives: 'lambda',
  },
  {
    what: 'an unknown key',
    fdl: onAws('memroy: 256'),
    findings: ['unknown-key 8:7'],
    says: 'Did you mean "memory"?',
    read: ({ steps }) => steps[0]?.limits.memoryMib,
    gives: 512,
  },
  {
    what: 'an unknown key, or anything else that is a warning, with `--strict`',
    fdl: onAws('memroy: 256'),
    in: { strict: true },
    findings: ['unknown-key 8:7'],
  },
  {
    what: '`image`, `environment` and the like beside `container` instead of in it',
    fdl: 'functions:\n  aws:\n  - lambda:\n      name: step\n      init_script: run.sh\n      image: busybox\n',
    findings: ['missing-image 3:5 cloud', 'unknown-key 6:7'],
    says: 'Did you mean "container.image"?',
    read: ({ steps }) => steps[0]?.image,
    gives: undefined,
  },
  {
    what: '`replica`, `yunikorn_enable`, `multi_node_parallel.enable` and other names that no release reads',
    fdl: onOscar('replica: {}\nyunikorn_enable: true'),
    findings: ['unknown-key 7:7', 'unknown-key 8:7'],
    says: 'Did you mean "replicas"?',
  },
  {
    what: '`${env:NAME}` for a variable that is not set',
    fdl: onOscar('', 'clusters:\n  cluster:\n    auth_password: ${env:PASSWORD}'),
    read: ({ clusters }) => unsetIn(clusters[0]?.password),
    gives: '${env:PASSWORD}',
    findings: ['unset-variable 9:20 any'],
    says: '${env:PASSWORD:-default}',
  },
  {
    what: 'the same in `environment`',
    fdl: onOscar('environment:\n  Variables: {TOKEN: "${env:TOKEN}"}'),
    read: environment,
    gives: { TOKEN: '' },
    findings: ['unset-variable 8:28 any'],
    says: '${env:TOKEN:-default}',
  },
  {
    what: '`${param:NAME}` for a parameter without a value',
    fdl: onAws('description: for ${param:STAGE}', '', 'parameters:\n  STAGE:'),
    read: field('description'),
    gives: 'for ${param:STAGE}',
    findings: ['missing-parameter 10:3 any'],
    says: '--param STAGE=VALUE',
  },
  {
    what: '`${url:STEP}`, `${PORT}` and everything else with `${`',
    fdl: onOscar('environment:\n  Variables: {NEXT: "${url:other}", PORT: "${PORT:-80}"}'),
    read: environment,
    gives: { NEXT: '${url:other}', PORT: '${PORT:-80}' },
  },
  {
    what: 'an inline script: `script: |`',
    fdl: onOscar().replace('script: run.sh', 'script: |\n        #!/bin/sh\n        echo ${env:HOME}'),
    read: script,
    gives: '#!/bin/sh\necho ${env:HOME}\n',
  },
  {
    what: 'an absolute path of a script, or one with `../`',
    fdl: onAws().replace('run.sh', '../shared/run.sh'),
    in: { localFiles: true, files: { 'shared/run.sh': '' } },
    read: script,
    gives: 'shared/run.sh',
  },
  {
    what: 'a script that is not beside the FDL file, but in the working directory',
    fdl: onAws(),
    in: { localFiles: true, files: { 'work/run.sh': '' } },
    findings: ['script-base 5:20'],
    read: script,
    gives: 'work/run.sh',
  },
  {
    what: 'a script that is in neither folder',
    fdl: onAws(),
    in: { localFiles: true },
    findings: ['script-not-found 5:20 any'],
  },
  {
    what: 'a command in place of a script: `script: python run.py`',
    fdl: onOscar().replace('run.sh', 'python run.py'),
    in: { localFiles: true },
    findings: ['script-not-found 6:15 any'],
    says: 'Write commands as a block of text',
  },
];
