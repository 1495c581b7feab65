/** `fdl cluster`: the clusters that are known here, and their logins. */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { FdlError } from '../errors.ts';
import { Secret } from '../secret.ts';
import {
  type ClusterAnswer,
  type ClusterDefinition,
  hasExport,
  type KnownCluster,
} from '../session/clusters.ts';
import type { Style } from '../terminal/style.ts';
import type { CommandContext, Handler } from './command.ts';
import { open } from './with-cluster.ts';

// What `--json` prints.

export interface StoredDocument {
  readonly id: string;
  readonly endpoint: string;
  /** Absent where the cluster was not asked. */
  readonly version: string | undefined;
  readonly file: string;
  /** The secret of the login is in the keyring of the system. */
  readonly keyring: boolean;
}

export interface ListDocument {
  readonly default: string | undefined;
  readonly clusters: readonly KnownCluster[];
}

export interface RemovedDocument {
  readonly id: string;
  readonly file: string;
}

export interface DefaultDocument {
  readonly default: string;
  /** Where it was written; absent where it was only asked for. */
  readonly file?: string;
}

interface LoginOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly tokenStdin?: boolean;
  readonly refreshTokenStdin?: boolean;
  readonly oidcAccount?: string;
}

interface AddOptions extends LoginOptions {
  readonly ca?: string;
  /** False with --no-ssl-verify. */
  readonly sslVerify?: boolean;
  /** False with --no-check. */
  readonly check?: boolean;
  /** False with --no-keyring. */
  readonly keyring?: boolean;
}

/** Stores a cluster, once it has answered. */
export const add: Handler = async (context, [given, where], options: AddOptions) => {
  const { terminal } = context;
  const { ca, sslVerify } = options;
  if (ca !== undefined && sslVerify === false) {
    throw usage('usage', '--ca and --no-ssl-verify contradict each other', 'Leave one of them out.');
  }
  const clusters = await open(context);
  const id = newId(given);
  const endpoint = clusters.endpointFor(id, where === undefined ? undefined : String(where));
  const stored = await clusters.add({
    id,
    endpoint,
    login: await readLogin(context, options),
    verifyTls: sslVerify !== false,
    ...(ca !== undefined && { ca: path.resolve(ca) }),
    check: options.check !== false,
    keyring: options.keyring !== false,
  });
  const { version, file, keyring } = stored;
  const release = version ? `, OSCAR ${version},` : '';
  if (terminal.json) terminal.data({ id, endpoint, version, file, keyring } satisfies StoredDocument);
  else terminal.out(`Cluster ${id} at ${endpoint}${release} is stored in ${file}${inKeyring(keyring)}.`);
  return 0;
};

/** The id of a cluster that is to be stored. @throws FdlError `cluster-invalid`: it would hide another meaning of the name */
export function newId(given: unknown): string {
  const id = String(given);
  if (!hasExport(id)) return id;
  const hint = `Choose another one: fdl export ${id} reads what is there.`;
  throw usage('cluster-invalid', `"${id}" cannot be the id of a cluster: it names a provider`, hint);
}

/** The end of a sentence about what is stored. */
export function inKeyring(keyring: boolean): string {
  return keyring ? ', and its login in the keyring of the system' : ', with its login';
}

/** Lists the clusters that are known here. Nothing is contacted. */
export const ls: Handler = async (context) => {
  const { terminal } = context;
  const clusters = await open(context);
  const rows = clusters.list();
  if (terminal.json)
    terminal.data({ default: clusters.defaultCluster, clusters: rows } satisfies ListDocument);
  else terminal.out(listText(rows, terminal.outStyle));
  return 0;
};

/** The ids of the clusters that are known here. */
export async function clusterNames(context: CommandContext): Promise<readonly string[]> {
  return (await open(context)).list().map(({ id }) => id);
}

/** Forgets a cluster that fdl stored. */
export const rm: Handler = async (context, [given]) => {
  const { terminal } = context;
  const id = String(given);
  const { file, stillIn } = await (await open(context)).remove(id);
  if (terminal.json) terminal.data({ id, file } satisfies RemovedDocument);
  else terminal.out(`Cluster ${id} is removed from ${file}.`);
  if (stillIn) terminal.note(`It is still known from ${stillIn}.`);
  return 0;
};

/** Shows or chooses the default cluster. */
export const standard: Handler = async (context, [given]) => {
  const { terminal } = context;
  const clusters = await open(context);
  if (given === undefined) {
    const id = clusters.requireDefault();
    if (terminal.json) terminal.data({ default: id } satisfies DefaultDocument);
    else terminal.out(id);
    return 0;
  }
  const id = String(given);
  const file = await clusters.setDefault(id);
  if (terminal.json) terminal.data({ default: id, file } satisfies DefaultDocument);
  else terminal.out(`${id} is the default cluster now.`);
  return 0;
};

/** Asks a cluster what it is. */
export const info: Handler = async (context, [given]) => {
  const { terminal } = context;
  const clusters = await open(context);
  const id = given === undefined ? clusters.requireDefault() : String(given);
  const progress = await terminal.progress({ line: `asking the cluster ${id}` });
  try {
    const answer = await clusters.ask(id);
    progress.stop();
    if (terminal.json) terminal.data(infoDocument(answer));
    else terminal.out(infoText(answer, terminal.outStyle));
    return 0;
  } finally {
    progress.stop();
  }
};

function listText(rows: readonly KnownCluster[], style: Style): string {
  if (rows.length === 0) return 'No cluster is known here: fdl cluster add ID https://HOST --user NAME';
  const width = Math.max(...rows.map(({ id }) => id.length));
  const wide = Math.max(...rows.map(({ endpoint }) => (endpoint ?? '').length));
  return rows
    .map(({ id, endpoint = '', login, user, verifyTls, ca, source, ...row }) => {
      const who = user ? `${login} ${user}` : login;
      const notes = [
        verifyTls ? [] : ['certificate not checked'],
        ca ? [`authority in ${ca}`] : [],
        row.keyring ? ['login in the keyring'] : [],
        row.default ? ['default'] : [],
      ].flat();
      const extra = notes.length > 0 ? `  (${notes.join(', ')})` : '';
      return `${style('bold', id.padEnd(width))}  ${endpoint.padEnd(wide)}  ${who}  ${style('dim', source)}${extra}`;
    })
    .join('\n');
}

export function infoDocument({ resolved, info, config, services }: ClusterAnswer) {
  const { access, origin } = resolved;
  return {
    id: access.id,
    endpoint: access.endpoint,
    source: origin,
    login: access.login.kind,
    verifyTls: access.verifyTls,
    ca: access.ca,
    version: info.version,
    architecture: info.architecture,
    kubernetes: info.kubernetes_version,
    serverlessBackend: info.serverless_backend,
    gpus: config.gpus,
    interlink: config.interlink,
    volumes: config.volumes,
    virtualOrganisations: config.virtualOrganisations,
    allowedImages: config.allowedImages,
    minio: { endpoint: config.minio.endpoint, region: config.minio.region },
    services: services.map(({ name }) => name),
  };
}

function infoText({ resolved, info, config, services }: ClusterAnswer, style: Style): string {
  const { access, origin } = resolved;
  const backend = info.serverless_backend;
  const known = (flag: boolean | undefined) => (flag === undefined ? 'unknown' : flag ? 'yes' : 'no');
  const list = (items: readonly string[], none: string) => (items.length > 0 ? items.join(', ') : none);
  const rows: readonly (readonly [string, string])[] = [
    ['endpoint', `${access.endpoint} (from ${origin})`],
    ['login', access.login.kind === 'basic' ? `basic, ${access.login.user}` : access.login.kind],
    ['release', `OSCAR ${info.version}`],
    ['kubernetes', [info.kubernetes_version, info.architecture].filter(Boolean).join(', ') || 'unknown'],
    ['synchronous calls', backend?.name ? `yes, ${backend.name} ${backend.version}` : 'no'],
    ['GPUs', known(config.gpus)],
    ['InterLink', known(config.interlink)],
    ['volumes', known(config.volumes)],
    ['virtual organisations', list(config.virtualOrganisations, 'none')],
    ['images', list(config.allowedImages, 'any')],
    ['MinIO', config.minio.endpoint],
    [
      'services',
      list(
        services.map(({ name }) => name),
        'none',
      ),
    ],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    style('bold', access.id),
    ...rows.map(([name, value]) => `  ${style('dim', name.padEnd(width))}  ${value}`),
  ].join('\n');
}

// The login that a command line gives: secrets come from standard input or a prompt, never from an argument.

/**
 * Reads the login.
 * @throws FdlError `login-missing`, `login-twice`, `login-empty`: exit code 2
 */
async function readLogin(context: CommandContext, options: LoginOptions): Promise<ClusterDefinition> {
  const { user, passwordStdin, tokenStdin, refreshTokenStdin, oidcAccount } = options;
  const ways = [user !== undefined, tokenStdin, refreshTokenStdin, oidcAccount !== undefined].filter(Boolean);
  if (ways.length > 1) {
    const hint = 'Give one of --user, --token-stdin, --refresh-token-stdin and --oidc-account.';
    throw usage('login-twice', 'there is more than one way to log in', hint);
  }
  if (oidcAccount !== undefined) return { oidcAccount };
  if (tokenStdin) return { token: await fromStdin(context, 'the token') };
  if (refreshTokenStdin) return { refreshToken: await fromStdin(context, 'the refresh token') };
  if (user !== undefined) return { user, password: await passwordOf(context, user, passwordStdin === true) };
  const hint = 'Add --user NAME, --token-stdin, --refresh-token-stdin or --oidc-account NAME.';
  throw usage('login-missing', 'nothing says how to log in', hint);
}

async function passwordOf(context: CommandContext, user: string, isPiped: boolean): Promise<Secret> {
  if (isPiped) return fromStdin(context, 'the password');
  if (!context.terminal.interactive) {
    const hint = 'Add --password-stdin and send it there, as in: printenv PASSWORD | fdl cluster add …';
    throw usage('login-missing', 'there is nobody to ask for the password', hint);
  }
  return filled(context, await context.terminal.askSecret(`Password of ${user}: `), 'the password');
}

async function fromStdin(context: CommandContext, what: string): Promise<Secret> {
  return filled(context, await text(process.stdin), what);
}

/** Without the line end that most programs write. */
function filled(context: CommandContext, given: string, what: string): Secret {
  const secret = new Secret(given.replace(/\r?\n$/, ''));
  if (secret.reveal().trim() === '') throw usage('login-empty', `${what} is empty`, 'Type or send it again.');
  context.terminal.hide([secret.reveal()]);
  return secret;
}

function usage(code: string, message: string, hint: string): FdlError {
  return new FdlError(code, message, { hint, exitCode: 2 });
}
