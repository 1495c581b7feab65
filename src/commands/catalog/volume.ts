/** `fdl volume` and what is below it. */
import type { CommandSpec } from '../command.ts';
import { json, ofCluster, yes } from './options.ts';

const named = { arguments: '<volume>', argumentHelp: ['name of the volume'] } as const;

const ls: CommandSpec = {
  name: 'ls',
  summary: 'list your volumes, and which services attach them',
  options: [ofCluster, json],
  examples: [['fdl volume ls --cluster lab', 'those of who is logged in']],
  load: async () => (await import('../volume.ts')).ls,
};

const info: CommandSpec = {
  name: 'info',
  ...named,
  summary: 'show one of your volumes',
  options: [ofCluster, json],
  examples: [['fdl volume info models', 'on the default cluster']],
  load: async () => (await import('../volume.ts')).info,
};

const create: CommandSpec = {
  name: 'create',
  arguments: '<volume> <size>',
  argumentHelp: ['name of the volume', 'its size, as in 500Mi or 2Gi'],
  summary: 'make a volume that services attach by its name',
  options: [ofCluster, json],
  examples: [['fdl volume create models 2Gi', 'its size stays as it is']],
  load: async () => (await import('../volume.ts')).create,
};

const rm: CommandSpec = {
  name: 'rm',
  ...named,
  summary: 'remove a volume with all that is on it, unless services attach it',
  options: [
    yes,
    { flags: '--delete-data', description: 'delete what is on it, too; without, nothing is removed' },
    ofCluster,
    json,
  ],
  examples: [['fdl volume rm models --delete-data --yes', 'with all that is on it, without a question']],
  load: async () => (await import('../volume.ts')).rm,
};

export const VOLUME: CommandSpec = {
  name: 'volume',
  summary: 'your volumes on an OSCAR cluster',
  options: [ofCluster, json],
  examples: [
    ['fdl volume ls', 'list them'],
    ['fdl volume create models 2Gi', 'make one'],
  ],
  load: async () => (await import('../volume.ts')).ls,
  subcommands: [ls, info, create, rm],
};
