/** The command line on one page: what help, completion and the documentation are made from. */
import type { CommandSpec, OptionSpec } from './command.ts';

const FILE = 'FDL file (default: workflow.yaml or fdl.yaml here)';

// Options that several commands share.
const json: OptionSpec = { flags: '--json', description: 'print one JSON document on stdout' };
const jsonLines: OptionSpec = {
  flags: '--json',
  description: 'print one JSON object a line on stdout',
};
const local: OptionSpec = {
  flags: '--local',
  description: 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)',
};
const workflow: OptionSpec = {
  flags: '--workflow <name>',
  description: 'name of the workflow, instead of the one the file gives',
};
const envFile: OptionSpec = {
  flags: '--env-file <file>',
  description: 'variables for ${env:NAME} (default: .env beside the FDL file)',
};
const param: OptionSpec = {
  flags: '--param <name=value>',
  description: 'value of a parameter of the file, instead of its default (repeatable)',
  repeats: true,
  completes: 'parameters',
};
const params: OptionSpec = {
  flags: '--params <file>',
  description: 'values of parameters, as YAML or JSON; --param counts before them',
};
const yes: OptionSpec = { flags: '-y, --yes', description: 'do not ask before something is deleted' };
const adopt: OptionSpec = {
  flags: '--adopt',
  description: 'take over what exists already and was not created by this workflow',
};
const prune: OptionSpec = {
  flags: '--prune',
  description: 'delete what this workflow created and the file no longer names',
};
const updateRuntime: OptionSpec = {
  flags: '--update-runtime',
  description: 'take the latest runtime for steps that are deployed already, too',
};
const step = (what: string): OptionSpec => ({
  flags: '--step <step>',
  description: what,
  completes: 'steps',
});
const engine: OptionSpec = {
  flags: '--engine <engine>',
  description: 'what runs containers here; "host" runs scripts without their image',
  choices: ['auto', 'docker', 'podman', 'host'],
  default: 'auto',
};
const concurrency: OptionSpec = {
  flags: '--concurrency <n>',
  description: 'scripts that run at the same time (default: number of processors)',
  min: 1,
};
const retries: OptionSpec = {
  flags: '--retries <n>',
  description: 'more attempts for an input whose script failed',
  min: 0,
  default: 0,
};
const timeout: OptionSpec = {
  flags: '--timeout <seconds>',
  description: 'on clouds: seconds to wait for the steps (default: until nothing has changed for an hour)',
  min: 1,
};
const since: OptionSpec = {
  flags: '--since <time>',
  description: 'from then on: 10m, 2h, 3d, or a date',
};
const noFollowLinks: OptionSpec = {
  flags: '--no-follow-links',
  description: 'leave out links to files that lie in folders, and name them',
};
const outputDir: OptionSpec = { flags: '-o, --output <dir>', description: 'where to put the files' };
const fileOption: OptionSpec = {
  flags: '-f, --file <file>',
  description: FILE,
};

// What commands have in common, in the order in which help shows it.
const ofFile = { arguments: '[file]', argumentHelp: [FILE] } as const;
const values = [param, params, envFile];
const ofWorkflow = [local, workflow, ...values, json];
const deploying = [adopt, prune, updateRuntime];
const scripts = [engine, concurrency, retries];

/** Commands that read an FDL file or write a first one. */
const FILE_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    arguments: '[template] [dir]',
    argumentHelp: [
      'name of a template; without it, the templates are listed',
      'new folder (default: its name)',
    ],
    completes: 'templates',
    summary: 'start a new workflow from a template',
    options: [
      { flags: '--image <image>', description: 'start from a container image alone, without a template' },
      { flags: '--name <name>', description: 'name of its step (default: that of the image)' },
      json,
    ],
    examples: [
      ['fdl init', 'list the templates'],
      ['fdl init hello my-workflow', 'write the smallest workflow to my-workflow/'],
      ['fdl init --image grycap/cowsay --name cow', 'write a step for an image to cow/'],
    ],
    load: async () => (await import('./init.ts')).run,
  },
  {
    name: 'schema',
    arguments: '[file]',
    argumentHelp: [FILE],
    summary: 'print the JSON Schema of FDL files, or make editors use it for a file',
    options: [
      {
        flags: '--modeline',
        description: 'write the schema beside the file, and the line that names it to its top',
      },
      json,
    ],
    examples: [
      ['fdl schema > fdl.schema.json', 'for a tool that checks files'],
      ['fdl schema --modeline workflow.yaml', 'for editors: completion, descriptions, checks'],
    ],
    load: async () => (await import('./schema.ts')).run,
  },
  {
    name: 'validate',
    arguments: '[files...]',
    argumentHelp: ['FDL files (default: workflow.yaml or fdl.yaml here)'],
    summary: 'check files: their form, and what would keep them from being deployed',
    options: [
      { flags: '--strict', description: 'take every warning for an error' },
      { flags: '--form', description: 'check the form only, not whether the steps could be deployed' },
      { flags: '--local', description: 'judge for this machine, whatever provider the file names' },
      { flags: '--no-local-files', description: 'do not check that scripts exist' },
      ...values,
      { ...jsonLines, description: 'print one JSON object per file, one per line' },
    ],
    examples: [
      ['fdl validate workflow.yaml', 'check one file'],
      ['fdl validate --strict --json *.yaml', 'check many in a CI pipeline'],
    ],
    load: async () => (await import('./validate.ts')).run,
  },
  {
    name: 'graph',
    ...ofFile,
    summary: 'show a workflow as a picture',
    options: [
      {
        flags: '--format <format>',
        description: 'kind of picture',
        choices: ['text', 'mermaid', 'dot'],
        default: 'text',
      },
      { flags: '--resources', description: 'draw what would be made for it, instead of its steps' },
      ...ofWorkflow,
    ],
    examples: [
      ['fdl graph workflow.yaml', 'draw it in the terminal'],
      ['fdl graph workflow.yaml --format mermaid', 'for a README'],
      ['fdl graph workflow.yaml --resources', 'functions, roles, buckets, and what needs what'],
      ['fdl graph workflow.yaml --format dot | dot -Tsvg > workflow.svg', 'as SVG, with Graphviz'],
    ],
    load: async () => (await import('./graph.ts')).run,
  },
];

/** Commands that set workflows up and take them away. */
const DEPLOY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'plan',
    ...ofFile,
    summary: 'show what apply would do; changes nothing',
    options: [
      { flags: '--detailed-exitcode', description: 'exit 3 when there are changes' },
      { flags: '--verbose', description: 'show all properties of what is created, and whole values' },
      {
        flags: '--offline',
        description: 'ask nobody, and need no credentials: what would be made where nothing is',
      },
      ...deploying,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl plan workflow.yaml --local', 'what apply would do on this machine'],
      ['fdl plan workflow.yaml --offline', 'all that it would make, without an account'],
      ['fdl plan workflow.yaml --detailed-exitcode', 'in a CI pipeline: 0 no changes, 3 changes'],
    ],
    load: async () => (await import('./plan.ts')).run,
  },
  {
    name: 'apply',
    ...ofFile,
    summary: 'create or update what the file describes',
    options: [...deploying, yes, ...ofWorkflow],
    examples: [
      ['fdl apply workflow.yaml', 'deploy the workflow to what the file names'],
      ['fdl apply workflow.yaml --local', 'set the workflow up on this machine'],
      ['fdl apply workflow.yaml --prune', 'delete what was taken out of the file, too'],
      ['fdl apply workflow.yaml --yes --json', 'in a CI pipeline'],
    ],
    load: async () => (await import('./apply.ts')).run,
  },
  {
    name: 'rm',
    ...ofFile,
    summary: 'remove what was created; data stays',
    options: [
      { flags: '--delete-data', description: 'delete buckets that are not empty, too' },
      { flags: '--force', description: 'end jobs that still wait or run' },
      yes,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl rm workflow.yaml --local', 'remove the workflow, keep its files'],
      ['fdl rm workflow.yaml --local --delete-data --yes', 'leave nothing, ask nothing'],
    ],
    load: async () => (await import('./rm.ts')).run,
  },
  {
    name: 'policy',
    ...ofFile,
    summary: 'print the policy that whoever deploys the file needs on AWS, and no right more',
    options: [
      {
        flags: '--for <use>',
        description: 'what is to be permitted (default: all of it)',
        choices: ['apply', 'rm', 'run', 'look'],
      },
      { flags: '--account <id>', description: 'number of the account (default: that of the credentials)' },
      {
        flags: '--github <repository>',
        description: 'also print the trust policy for GitHub Actions of OWNER/REPOSITORY',
      },
      { flags: '--branch <branch>', description: 'of these, only runs on this branch' },
      { flags: '--environment <name>', description: 'of these, only jobs with this environment' },
      workflow,
      ...values,
      { ...json, description: 'print one JSON document with everything on stdout' },
    ],
    examples: [
      ['fdl policy workflow.yaml > policy.json', 'everything that can be done with the workflow'],
      ['fdl policy workflow.yaml --for look --account 123456789012', 'for somebody who only looks'],
      [
        'fdl policy workflow.yaml --github example/shop --branch main',
        'for a pipeline, with its trust policy',
      ],
    ],
    load: async () => (await import('./policy.ts')).run,
  },
  {
    name: 'ls',
    arguments: '[file]',
    argumentHelp: ['FDL file (default: everything here and where you are logged in)'],
    summary: 'list workflows and steps that are deployed',
    options: ofWorkflow,
    examples: [
      ['fdl ls', 'everything, here and on the clouds that are configured'],
      ['fdl ls workflow.yaml', 'the steps of one workflow, with their addresses'],
      ['fdl ls --local', 'what is set up on this machine'],
    ],
    load: async () => (await import('./ls.ts')).run,
  },
];

/** Commands that work with what is set up. */
const RUN_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'run',
    arguments: '[file] [inputs...]',
    argumentHelp: [`${FILE}, named *.yaml or *.yml`, 'files or folders to start with'],
    summary: 'put inputs, follow them through every step, fetch the final outputs',
    options: [
      { ...outputDir, description: 'fetch the final outputs to this folder' },
      step('entry step, where there are several'),
      noFollowLinks,
      { flags: '--resume', description: 'finish what an earlier run or put left on this machine' },
      { flags: '--failed', description: 'like --resume, and run again what failed' },
      timeout,
      ...scripts,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl run workflow.yaml data/*.csv -o out', 'run where it is deployed, results to out/'],
      ['fdl run workflow.yaml data/*.csv --local -o out', 'run on this machine'],
      ['fdl run workflow.yaml data/*.csv --local --param LIMIT=5', 'with another value of a parameter'],
      ['fdl run workflow.yaml photo.jpg --local --engine host', 'without containers'],
      ['fdl run workflow.yaml --local --resume', 'go on after an interruption'],
      ['fdl run workflow.yaml --local --resume --failed', 'and run again what failed'],
    ],
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'dev',
    ...ofFile,
    summary: 'watch the input folders on this machine and run steps as files arrive, until Ctrl-C',
    options: [...scripts, workflow, ...values, jsonLines],
    examples: [['fdl dev workflow.yaml', 'then copy files into the folders that it names']],
    load: async () => (await import('./dev.ts')).run,
  },
  {
    name: 'put',
    arguments: '<sources...>',
    argumentHelp: ['files or folders'],
    summary: 'upload files to the entry step',
    options: [
      fileOption,
      step('step whose input gets the files'),
      { flags: '--to <uri>', description: 'storage URI instead, such as s3://bucket/folder' },
      noFollowLinks,
      { flags: '--wait', description: 'wait until nothing is left to do; on this machine, do it' },
      timeout,
      ...scripts,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl put photo.jpg -f workflow.yaml', 'upload a file to the first step'],
      ['fdl put photo.jpg -f workflow.yaml --local', 'queue it on this machine'],
      ['fdl put data/ -f workflow.yaml --local --wait', 'and run the workflow'],
    ],
    load: async () => (await import('./put.ts')).run,
  },
  {
    name: 'get',
    arguments: '[patterns...]',
    argumentHelp: ['names to fetch, with * and ? (default: all)'],
    summary: 'download files, by default the final outputs',
    options: [
      fileOption,
      step('step whose outputs to fetch'),
      { flags: '--from <uri>', description: 'storage URI instead, such as s3://bucket/folder' },
      outputDir,
      ...ofWorkflow,
    ],
    examples: [
      ["fdl get '*.svg' -f workflow.yaml -o pictures", 'all pictures among the final outputs'],
      ['fdl get --from s3://my-bucket/plots -f workflow.yaml', 'everything in a folder'],
      ['fdl get -f workflow.yaml --local --step clean', 'what one step wrote'],
    ],
    load: async () => (await import('./get.ts')).run,
  },
  {
    name: 'status',
    ...ofFile,
    summary: 'show the invocations of every step',
    options: [
      step('of this step only'),
      { flags: '--failed', description: 'only what did not succeed' },
      since,
      ...ofWorkflow,
    ],
    examples: [
      ['fdl status workflow.yaml', 'what ran, what waits, what failed'],
      ['fdl status workflow.yaml --failed --since 1h', 'what went wrong lately'],
    ],
    load: async () => (await import('./status.ts')).run,
  },
  {
    name: 'logs',
    arguments: '[file] [step]',
    argumentHelp: [FILE, 'of this step only'],
    completes: 'steps',
    summary: 'show what the scripts wrote, all steps as one stream',
    options: [
      { flags: '--follow', description: 'go on as more is written, until Ctrl-C' },
      since,
      { flags: '--invocation <id>', description: 'of this invocation only' },
      { flags: '--filter <text>', description: 'lines that contain this text' },
      local,
      workflow,
      ...values,
      jsonLines,
    ],
    examples: [
      ['fdl logs workflow.yaml --follow', 'watch a running workflow'],
      ['fdl logs workflow.yaml plot --since 10m', 'what one step wrote lately'],
    ],
    load: async () => (await import('./logs.ts')).run,
  },
  {
    name: 'invoke',
    arguments: '[file] [step]',
    argumentHelp: [FILE, 'step to call'],
    completes: 'steps',
    summary: 'call one step directly',
    options: [
      {
        flags: '--data <data>',
        description: 'payload: text, @FILE, or - for stdin (default: what the file says of calls)',
        mayBeEmpty: true,
      },
      { flags: '--async', description: 'do not wait for the answer' },
      { flags: '--no-async', description: 'wait for it, whatever the file says' },
      { flags: '--http', description: "call the step's address over HTTP" },
      engine,
      ...ofWorkflow,
    ],
    examples: [
      [
        'fdl invoke workflow.yaml hello --local --data \'{"name": "Ada"}\'',
        'call a step and print its answer',
      ],
      ['fdl invoke workflow.yaml hello --http --data @photo.jpg', 'by its address, with a file'],
      ['fdl invoke workflow.yaml hello --local --data @photo.jpg', 'with a file'],
    ],
    load: async () => (await import('./invoke.ts')).run,
  },
];

// `fdl cluster` and what is below it.
const add: CommandSpec = {
  name: 'add',
  arguments: '<id> [endpoint]',
  argumentHelp: ['name of the cluster in FDL files', 'its URL (default: the one that is known already)'],
  summary: 'store a cluster and its login, and check them',
  options: [
    { flags: '--user <name>', description: 'user; the password is asked for' },
    { flags: '--password-stdin', description: 'read the password from standard input' },
    { flags: '--token-stdin', description: 'read an OIDC access token from standard input' },
    { flags: '--refresh-token-stdin', description: 'read an OIDC refresh token from standard input' },
    { flags: '--oidc-account <name>', description: 'log in with this account of oidc-agent' },
    { flags: '--no-ssl-verify', description: 'take any certificate of this cluster' },
    { flags: '--no-check', description: 'store it without asking the cluster' },
    json,
  ],
  examples: [
    ['fdl cluster add lab https://oscar.example.org --user oscar', 'ask for the password'],
    [
      'printenv PASSWORD | fdl cluster add lab https://oscar.example.org --user oscar --password-stdin',
      'in a script',
    ],
    ['fdl cluster add lab https://oscar.example.org --refresh-token-stdin < token', 'with OIDC'],
  ],
  load: async () => (await import('./cluster.ts')).add,
};

const ls: CommandSpec = {
  name: 'ls',
  summary: 'list the clusters that are known here, and where from',
  options: [json],
  examples: [['fdl cluster ls', 'those of OSCAR-CLI and SCAR, too']],
  load: async () => (await import('./cluster.ts')).ls,
};

const rm: CommandSpec = {
  name: 'rm',
  arguments: '<id>',
  argumentHelp: ['cluster to forget'],
  completes: 'clusters',
  summary: 'forget a cluster and its login; the cluster itself is not touched',
  options: [json],
  examples: [['fdl cluster rm lab', 'forget a cluster']],
  load: async () => (await import('./cluster.ts')).rm,
};

const info: CommandSpec = {
  name: 'info',
  arguments: '[id]',
  argumentHelp: ['cluster to ask (default: the default cluster)'],
  completes: 'clusters',
  summary: 'show what a cluster is: release, GPUs, storage, services',
  options: [json],
  examples: [['fdl cluster info lab', 'ask a cluster']],
  load: async () => (await import('./cluster.ts')).info,
};

const standard: CommandSpec = {
  name: 'default',
  arguments: '[id]',
  argumentHelp: ['cluster to make the default; without it, the default is shown'],
  completes: 'clusters',
  summary: 'show or choose the default cluster',
  options: [json],
  examples: [
    ['fdl cluster default', 'which one it is'],
    ['fdl cluster default lab', 'choose another'],
  ],
  load: async () => (await import('./cluster.ts')).standard,
};

const CLUSTER: CommandSpec = {
  name: 'cluster',
  summary: 'OSCAR clusters and their credentials',
  options: [json],
  examples: [
    ['fdl cluster add lab https://oscar.example.org --user oscar', 'store a cluster'],
    ['fdl cluster ls', 'list what is known'],
    ['fdl cluster info lab', 'ask a cluster what it is'],
  ],
  load: async () => (await import('./cluster.ts')).ls,
  subcommands: [add, ls, rm, info, standard],
};

const DOCTOR: CommandSpec = {
  name: 'doctor',
  arguments: '[file]',
  argumentHelp: ['FDL file (default: what is configured here)'],
  summary: 'look at what may keep workflows from being deployed or run: logins, clocks, networks, room',
  options: [local, workflow, ...values, json],
  examples: [
    ['fdl doctor', 'this machine, and the clouds that are configured'],
    ['fdl doctor workflow.yaml', 'and what one workflow needs: its images, its clusters'],
  ],
  load: async () => (await import('./doctor.ts')).run,
};

const VERSION: CommandSpec = {
  name: 'version',
  summary: 'print version, commit, platform and Node, for a report of a fault',
  options: [json],
  examples: [['fdl version', 'fdl --version prints the version alone']],
  load: async () => (await import('./version.ts')).run,
};

const COMPLETION: CommandSpec = {
  name: 'completion',
  arguments: '<what> [file]',
  argumentHelp: [
    'bash, zsh or fish; or what these scripts ask for: templates, steps, clusters, parameters',
    'FDL file that has the steps and the parameters',
  ],
  summary: 'print a completion script for a shell',
  options: [],
  examples: [
    ['source <(fdl completion bash)', 'for this shell'],
    ['fdl completion fish > ~/.config/fish/completions/fdl.fish', 'for good, in fish'],
  ],
  load: async () => (await import('./completion.ts')).run,
};

const debug: OptionSpec = {
  flags: '--debug',
  description: 'show each request that is sent, and where errors come from (or FDL_DEBUG=1)',
};

function withDebug(spec: CommandSpec): CommandSpec {
  const { subcommands } = spec;
  return {
    ...spec,
    options: [...spec.options, debug],
    ...(subcommands && { subcommands: subcommands.map(withDebug) }),
  };
}

const COMMANDS: readonly CommandSpec[] = [
  ...FILE_COMMANDS,
  ...DEPLOY_COMMANDS,
  ...RUN_COMMANDS,
  CLUSTER,
  DOCTOR,
  VERSION,
  COMPLETION,
];

export const CATALOG: readonly CommandSpec[] = COMMANDS.map(withDebug);
