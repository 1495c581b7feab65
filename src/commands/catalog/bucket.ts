/** `fdl bucket` and what is below it. */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { json, ofCluster, yes } from './options.ts';

const named = { arguments: '<bucket>', argumentHelp: ['name of the bucket'] } as const;

const access: readonly OptionSpec[] = [
  {
    flags: '--visibility <who>',
    description: 'its owner alone, some users (--allow), or all users of the cluster',
    choices: ['private', 'restricted', 'public'],
  },
  {
    flags: '--allow <user>',
    description: 'id of a user who may use it, which makes it restricted (repeatable)',
    repeats: true,
  },
];

const ls: CommandSpec = {
  name: 'ls',
  summary: 'list the buckets that you see',
  options: [ofCluster, json],
  examples: [['fdl bucket ls --cluster lab', 'all buckets, with who may use them']],
  load: async () => (await import('../bucket.ts')).ls,
};

const info: CommandSpec = {
  name: 'info',
  ...named,
  summary: 'show whose a bucket is, who may use it, and how full it is',
  options: [ofCluster, json],
  examples: [['fdl bucket info pictures', 'on the default cluster']],
  load: async () => (await import('../bucket.ts')).info,
};

const create: CommandSpec = {
  name: 'create',
  ...named,
  summary: 'make a bucket',
  options: [...access, ofCluster, json],
  examples: [
    ['fdl bucket create pictures', 'for yourself'],
    ['fdl bucket create pictures --allow ada@example.org', 'for one more user'],
  ],
  load: async () => (await import('../bucket.ts')).create,
};

const update: CommandSpec = {
  name: 'update',
  ...named,
  summary: 'change who may use a bucket',
  options: [...access, ofCluster, json],
  examples: [
    ['fdl bucket update pictures --visibility public', 'for all users of the cluster'],
    ['fdl bucket update pictures --allow ada@example.org --allow ben@example.org', 'for these and no others'],
  ],
  load: async () => (await import('../bucket.ts')).update,
};

const rm: CommandSpec = {
  name: 'rm',
  ...named,
  summary: 'remove a bucket',
  options: [
    { flags: '--delete-data', description: 'delete what is in it, too' },
    { flags: '--force', description: 'remove it although services use it' },
    yes,
    ofCluster,
    json,
  ],
  examples: [
    ['fdl bucket rm pictures', 'only if it is empty'],
    ['fdl bucket rm pictures --delete-data --yes', 'with all that is in it, without a question'],
  ],
  load: async () => (await import('../bucket.ts')).rm,
};

export const BUCKET: CommandSpec = {
  name: 'bucket',
  summary: 'buckets of an OSCAR cluster, and who may use them',
  options: [ofCluster, json],
  examples: [
    ['fdl bucket ls', 'list them'],
    ['fdl bucket create pictures --visibility public', 'make one that all users may use'],
  ],
  load: async () => (await import('../bucket.ts')).ls,
  subcommands: [ls, info, create, update, rm],
};
