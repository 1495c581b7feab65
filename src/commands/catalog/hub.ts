/** `fdl hub` and what is below it. */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { json, ofCluster } from './options.ts';

const from: OptionSpec = {
  flags: '--from <place>',
  description:
    'a folder of crates, or the https:// address of a repository on GitHub, GitLab, Gitea or Forgejo',
  default: 'https://github.com/grycap/oscar-hub',
};

const one = {
  arguments: '<crate>',
  argumentHelp: ['its name in the hub, or the path of its folder, with a "/" in it'],
} as const;

const ls: CommandSpec = {
  name: 'ls',
  summary: 'list the services of the hub',
  options: [from, json],
  examples: [
    ['fdl hub ls', "those of OSCAR's own hub"],
    [
      'fdl hub ls --from https://gitlab.example.org/lab/services/-/tree/main/crates',
      'those of somebody else',
    ],
  ],
  load: async () => (await import('../hub.ts')).ls,
};

const info: CommandSpec = {
  name: 'info',
  ...one,
  summary: 'show what a service of the hub is, and what it needs',
  options: [from, json],
  examples: [['fdl hub info cowsay', 'before it is deployed']],
  load: async () => (await import('../hub.ts')).info,
};

const deploy: CommandSpec = {
  name: 'deploy',
  arguments: '<crate> [dir]',
  argumentHelp: [...one.argumentHelp, 'folder for its files (default: its name)'],
  summary: 'write a service of the hub as a workflow of yours, and apply it',
  description:
    'Writes the FDL file of a service of the hub and its scripts into a folder, for the cluster that is meant, and applies it. ' +
    'From then on it is a workflow like any other: change the file, apply it, remove it. What was written before and is as it was ' +
    'is applied again; files that were changed are never replaced.',
  options: [
    { flags: '--name <service>', description: 'another name for the service, and for its folders' },
    { flags: '--no-apply', description: 'only write the files' },
    ofCluster,
    from,
    json,
  ],
  examples: [
    ['fdl hub deploy cowsay', 'to the default cluster'],
    [
      'fdl hub deploy yolov8 detector --name detector --cluster lab',
      'into the folder detector, under another name',
    ],
    ['fdl hub deploy cowsay --no-apply', 'to read and change it first'],
  ],
  load: async () => (await import('../hub.ts')).deploy,
};

const validate: CommandSpec = {
  name: 'validate',
  arguments: '<crates...>',
  argumentHelp: one.argumentHelp,
  summary: 'check whether the hub would take crates: their metadata and their FDL files',
  description:
    'Checks the metadata of crates against RO-Crate 1.2 and what the guide of the hub requires, and their FDL files as fdl validate ' +
    'does. Ends with 2 where the hub would not take one.',
  options: [from, json],
  examples: [
    ['fdl hub validate ./cowsay', 'a folder, before it is proposed'],
    ['fdl hub validate crates/*/', 'all of a copy of the hub'],
  ],
  load: async () => (await import('../hub.ts')).validate,
};

export const HUB: CommandSpec = {
  name: 'hub',
  summary: "services that are ready to be deployed: OSCAR's hub",
  options: [from, json],
  examples: [
    ['fdl hub ls', 'list them'],
    ['fdl hub deploy cowsay', 'deploy one'],
  ],
  load: async () => (await import('../hub.ts')).ls,
  subcommands: [ls, info, deploy, validate],
};
