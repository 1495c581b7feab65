/** `fdl cluster` and what is below it. */
import type { CommandSpec } from '../command.ts';
import { json } from './options.ts';

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
    { flags: '--ca <file>', description: 'certificates of its own authority, in PEM, also for its MinIO' },
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
  load: async () => (await import('../cluster.ts')).add,
};

const ls: CommandSpec = {
  name: 'ls',
  summary: 'list the clusters that are known here, and where from',
  options: [json],
  examples: [['fdl cluster ls', 'those of OSCAR-CLI and SCAR, too']],
  load: async () => (await import('../cluster.ts')).ls,
};

const rm: CommandSpec = {
  name: 'rm',
  arguments: '<id>',
  argumentHelp: ['cluster to forget'],
  completes: 'clusters',
  summary: 'forget a cluster and its login; the cluster itself is not touched',
  options: [json],
  examples: [['fdl cluster rm lab', 'forget a cluster']],
  load: async () => (await import('../cluster.ts')).rm,
};

const info: CommandSpec = {
  name: 'info',
  arguments: '[id]',
  argumentHelp: ['cluster to ask (default: the default cluster)'],
  completes: 'clusters',
  summary: 'show what a cluster is: release, GPUs, storage, services',
  options: [json],
  examples: [['fdl cluster info lab', 'ask a cluster']],
  load: async () => (await import('../cluster.ts')).info,
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
  load: async () => (await import('../cluster.ts')).standard,
};

export const CLUSTER: CommandSpec = {
  name: 'cluster',
  summary: 'OSCAR clusters and their credentials',
  options: [json],
  examples: [
    ['fdl cluster add lab https://oscar.example.org --user oscar', 'store a cluster'],
    ['fdl cluster ls', 'list what is known'],
    ['fdl cluster info lab', 'ask a cluster what it is'],
  ],
  load: async () => (await import('../cluster.ts')).ls,
  subcommands: [add, ls, rm, info, standard],
};
