/** What several commands have in common: options and arguments. */
import type { OptionSpec } from '../command.ts';

export const FILE = 'FDL file (default: workflow.yaml or fdl.yaml here)';

export const json: OptionSpec = { flags: '--json', description: 'print one JSON document on stdout' };
export const jsonLines: OptionSpec = {
  flags: '--json',
  description: 'print one JSON object a line on stdout',
};
export const local: OptionSpec = {
  flags: '--local',
  description: 'run every step on this machine, whatever provider the file names (or FDL_TARGET=local)',
};
export const workflow: OptionSpec = {
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
export const prices: OptionSpec = {
  flags: '--prices <file>',
  description: 'prices that count before those that are known, as YAML or JSON (or FDL_PRICES)',
};
export const yes: OptionSpec = { flags: '-y, --yes', description: 'do not ask before something is deleted' };
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
export const step = (what: string): OptionSpec => ({
  flags: '--step <step>',
  description: what,
  completes: 'steps',
});
export const engine: OptionSpec = {
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
  description: 'more attempts for an input that failed; on clouds after longer and longer pauses',
  min: 0,
  default: 0,
};
export const timeout: OptionSpec = {
  flags: '--timeout <seconds>',
  description: 'on clouds: seconds to wait for the steps (default: until nothing has changed for an hour)',
  min: 1,
};
export const since: OptionSpec = {
  flags: '--since <time>',
  description: 'from then on: 10m, 2h, 3d, or a date',
};
export const noFollowLinks: OptionSpec = {
  flags: '--no-follow-links',
  description: 'leave out links to files that lie in folders, and name them',
};
export const ofCluster: OptionSpec = {
  flags: '--cluster <id>',
  description: 'OSCAR cluster (default: the default cluster)',
  completes: 'clusters',
};
export const outputDir: OptionSpec = { flags: '-o, --output <dir>', description: 'where to put the files' };
export const fileOption: OptionSpec = {
  flags: '-f, --file <file>',
  description: FILE,
};

export const recursive = (description: string): OptionSpec => ({ flags: '-r, --recursive', description });
export const checksum: OptionSpec = {
  flags: '--checksum',
  description: 'of URIs: tell by checksums what is there already, not by size and time',
};
export const force: OptionSpec = {
  flags: '--force',
  description: 'of URIs: move also what is there already',
};
/** Of commands that take URIs: whose stores they may name. */
export const storesOf: OptionSpec = {
  flags: '-f, --file <file>',
  description: 'FDL file whose stores URIs name, such as minio.my_minio://bucket',
};

// In the order in which help shows it.
export const ofFile = { arguments: '[file]', argumentHelp: [FILE] } as const;
export const values = [param, params, envFile];
export const ofWorkflow = [local, workflow, ...values, json];
export const deploying = [adopt, prune, updateRuntime];
export const scripts = [engine, concurrency, retries];
