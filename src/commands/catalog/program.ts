/** Commands about the program itself and the machine that it is on. */
import type { CommandSpec } from '../command.ts';
import { json, local, prices, values, workflow } from './options.ts';

const doctor: CommandSpec = {
  name: 'doctor',
  arguments: '[file]',
  argumentHelp: ['FDL file (default: what is configured here)'],
  summary: 'look at what may keep workflows from being deployed or run: logins, clocks, networks, room',
  options: [local, workflow, ...values, json],
  examples: [
    ['fdl doctor', 'this machine, and the clouds that are configured'],
    ['fdl doctor workflow.yaml', 'and what one workflow needs: its images, its clusters'],
  ],
  load: async () => (await import('../doctor.ts')).run,
};

const priceList: CommandSpec = {
  name: 'prices',
  arguments: '[item]',
  argumentHelp: [
    'what is charged for, by the beginning of its name, such as lambda or ec2.m5 (default: all)',
  ],
  summary: 'show what clouds charge, as far as it is known here, with source and date',
  options: [
    { flags: '--region <region>', description: 'only prices that count in this region' },
    prices,
    json,
  ],
  examples: [
    ['fdl prices --region eu-west-1', 'what is known of Ireland'],
    ['fdl prices ec2.m6i', 'machines of a family'],
    ['fdl prices --prices contract.yaml', 'with prices of your own'],
  ],
  load: async () => (await import('../prices.ts')).run,
};

const version: CommandSpec = {
  name: 'version',
  summary: 'print version, commit, platform and Node, for a report of a fault',
  options: [json],
  examples: [['fdl version', 'fdl --version prints the version alone']],
  load: async () => (await import('../version.ts')).run,
};

const completion: CommandSpec = {
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
  load: async () => (await import('../completion.ts')).run,
};

export const PROGRAM_COMMANDS: readonly CommandSpec[] = [doctor, priceList, version, completion];
