/** `fdl cluster` and what is below it. */
import type { CommandSpec, OptionSpec } from '../command.ts';
import { json, ofCluster, since } from './options.ts';

const noKeyring: OptionSpec = {
  flags: '--no-keyring',
  description: 'store the login in the file, though this system has a keyring',
};

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
    noKeyring,
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

const login: CommandSpec = {
  name: 'login',
  arguments: '<id> [endpoint]',
  argumentHelp: ['name of the cluster in FDL files', 'its URL (default: the one that is known already)'],
  completes: 'clusters',
  summary: 'log in to a cluster in a browser, on any machine, and store that (OIDC)',
  description:
    'Shows the address of a page and a code. Whoever opens the page, on any machine, logs in at the OIDC issuer and enters the ' +
    'code. The refresh token that comes of it is stored as fdl cluster add stores one, once the cluster has taken it.',
  options: [
    {
      flags: '--issuer <url>',
      description: 'where to log in: an issuer that the cluster takes tokens of, which is a Keycloak',
      default: 'https://aai.egi.eu/auth/realms/egi',
    },
    { flags: '--client <id>', description: 'public client of the issuer', default: 'oidc-agent' },
    {
      flags: '--scope <scopes>',
      description: 'what to ask for, with spaces between',
      default: 'openid offline_access profile email eduperson_entitlement',
    },
    noKeyring,
    json,
  ],
  examples: [
    ['fdl cluster login lab https://oscar.example.org', 'with EGI Check-in'],
    [
      'fdl cluster login lab --issuer https://keycloak.example.org/realms/lab --client fdl',
      'with another issuer',
    ],
  ],
  load: async () => (await import('../cluster-login.ts')).run,
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

const one = {
  arguments: '[id]',
  argumentHelp: ['cluster to ask (default: the default cluster)'],
  completes: 'clusters',
} as const;

const health: CommandSpec = {
  name: 'health',
  ...one,
  summary: 'ask whether a cluster answers; ends with 1 where it does not',
  options: [json],
  examples: [['fdl cluster health lab', 'in a script that waits for it']],
  load: async () => (await import('../monitor.ts')).health,
};

const status: CommandSpec = {
  name: 'status',
  ...one,
  summary: 'show the nodes of a cluster, and what is free on them',
  options: [json],
  examples: [['fdl cluster status lab', 'why jobs wait']],
  load: async () => (await import('../monitor.ts')).status,
};

const logs: CommandSpec = {
  name: 'logs',
  ...one,
  summary: 'show who called services of a cluster (OSCAR 3.6.5 and later; for its administrator)',
  options: [
    { flags: '--previous', description: 'of the manager that ran before the present one was started' },
    json,
  ],
  examples: [['fdl cluster logs lab', 'calls with their users, status and duration']],
  load: async () => (await import('../monitor.ts')).logs,
};

export const METRICS: CommandSpec = {
  name: 'metrics',
  arguments: '[service]',
  argumentHelp: ['service of the cluster (default: all together)'],
  summary: 'show what services of an OSCAR cluster used (OSCAR 4.0.0 and later)',
  options: [
    { ...since, description: 'since then (default: a day): 10m, 2h, 3d, or a date' },
    {
      flags: '--by <what>',
      description: 'how often services were called, for each of these',
      choices: ['service', 'user', 'country'],
    },
    ofCluster,
    json,
  ],
  examples: [
    ['fdl metrics', 'hours of processors, and calls, of the last day'],
    ['fdl metrics resize --since 30d', 'of one service, in a month'],
    ['fdl metrics --by user', 'who calls services most'],
  ],
  load: async () => (await import('../monitor.ts')).metrics,
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
  subcommands: [add, login, ls, rm, info, health, status, logs, standard],
};
