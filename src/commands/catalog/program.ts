/** Commands about the program itself and the machine that it is on. */
import type { CommandSpec } from '../command.ts';
import { json, local, values, workflow } from './options.ts';

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

export const PROGRAM_COMMANDS: readonly CommandSpec[] = [doctor, version, completion];
