/** The credentials that `docker login` and `podman login` left on this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { hasCode, messageOf } from '../../errors.ts';
import { hideCredentials, hideLogin, Secret } from '../../secret.ts';
import { type CredentialSource, type Credentials, type Found, firstOf } from './credentials.ts';

interface Entry {
  /** Base64 of `user:password`. */
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

interface DockerConfig {
  readonly auths?: Readonly<Record<string, Entry>>;
  readonly credsStore?: string;
  readonly credHelpers?: Readonly<Record<string, string>>;
}

/** The name under which Docker keeps the credentials of Docker Hub. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/**
 * Looks in the file that `REGISTRY_AUTH_FILE` names; else in `config.json` of the folder `DOCKER_CONFIG`, by default
 * `~/.docker`, and then in podman's files. Asks the helpers that a file names. A file that is missing is none; one that
 * cannot be read is a problem, not an error: most images need no login.
 * Rule: containers-auth.json(5), https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
export function dockerCredentials(env: NodeJS.ProcessEnv): CredentialSource {
  return firstOf(...filesOf(env).map((file) => inFile(file, env)));
}

function filesOf(env: NodeJS.ProcessEnv): readonly string[] {
  const { REGISTRY_AUTH_FILE: named, HOME: home = '', XDG_RUNTIME_DIR: runtime } = env;
  if (named) return [named];
  const podman = path.join('containers', 'auth.json');
  return [
    path.join(env['DOCKER_CONFIG'] || path.join(home, '.docker'), 'config.json'),
    ...(runtime ? [path.join(runtime, podman)] : []),
    path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), podman),
  ];
}

function inFile(file: string, env: NodeJS.ProcessEnv): CredentialSource {
  return async (host, repository = '') => {
    try {
      return await lookUp(JSON.parse(await readFile(file, 'utf8')), { host, repository }, env);
    } catch (error) {
      // The parser's message quotes the file, in which passwords may be.
      const why = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
      return hasCode(error, 'ENOENT')
        ? {}
        : { problem: `Docker's configuration ${file} cannot be read: ${why}` };
    }
  };
}

/** What is looked up. */
interface Wanted {
  readonly host: string;
  readonly repository: string;
}

/** A helper for this registry counts before one for all, and that before what is in the file: as with Docker. */
async function lookUp(config: DockerConfig | null, wanted: Wanted, env: NodeJS.ProcessEnv): Promise<Found> {
  const { host } = wanted;
  const server = host === 'docker.io' ? DOCKER_HUB : host;
  const own = valueFor(config?.credHelpers, { host, repository: '' });
  if (own !== undefined) return askHelper(own, server, env);
  const stored = config?.credsStore ? await askHelper(config.credsStore, server, env) : {};
  if (stored.credentials) return stored;
  const entry = valueFor(config?.auths, wanted);
  return { credentials: entry && fromEntry(entry), problem: stored.problem };
}

/** The value of the longest key that the repository lies in. */
function valueFor<T>(
  values: Readonly<Record<string, T>> | undefined,
  { host, repository }: Wanted,
): T | undefined {
  const fitting = Object.entries(values ?? {})
    .map(([key, value]) => ({ ...scopeOf(key), value }))
    .filter(({ host: own, part }) => own === host && `${repository}/`.startsWith(part));
  return fitting.sort((a, b) => b.part.length - a.part.length)[0]?.value;
}

/**
 * What a key of the file is for: a host (an address, in old files), or a part of its repositories, as podman keeps it:
 * `host/team`. A part ends in a slash; it is empty for all of a host.
 */
function scopeOf(key: string): { readonly host: string; readonly part: string } {
  const [, scheme, name = '', rest = ''] = /^(https?:\/\/)?([^/]*)\/?(.*)$/.exec(key) ?? [];
  const host = /^(index|registry-1)\.docker\.io$/.test(name) ? 'docker.io' : name;
  const isAddress = scheme !== undefined || /^v[12]\/?$/.test(rest);
  const part = rest.replace(/\/+$/, '');
  return { host, part: isAddress || part === '' ? '' : `${part}/` };
}

function fromEntry(entry: Entry): Credentials | undefined {
  hideCredentials(entry.registrytoken, entry.identitytoken, entry.auth);
  if (entry.registrytoken) return { kind: 'token', token: new Secret(entry.registrytoken) };
  if (entry.identitytoken) return { kind: 'identity', token: new Secret(entry.identitytoken) };
  const [, username, password] = /^([^:]*):(.*)$/s.exec(decoded(entry.auth)) ?? [
    '',
    entry.username,
    entry.password,
  ];
  if (!username || !password) return undefined;
  hideLogin(username, password);
  return { kind: 'password', username, password: new Secret(password) };
}

/** Docker pads the text with zero bytes. */
function decoded(auth: string | undefined): string {
  return Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
}

// Asks programs that keep passwords for Docker. Rule: https://github.com/docker/docker-credential-helpers (the host is
// written to the standard input of `docker-credential-NAME get`, JSON comes back).

/** Milliseconds: a helper may ask a network service, but nobody. */
const TIMEOUT = 30_000;

/** What the helper of this name has for a server; never rejects. */
async function askHelper(name: string, server: string, env: NodeJS.ProcessEnv): Promise<Found> {
  const program = `docker-credential-${name}`;
  // A name with a slash would start any program at all.
  if (!/^[\w.-]+$/.test(name)) return { problem: `"${name}" is no name of a credential helper` };
  try {
    const { code, output } = await run(program, server, env);
    if (code === 0) return { credentials: readAnswer(output) };
    if (/credentials not found/i.test(output)) return {};
    return { problem: `${program} failed: ${output.trim().split('\n')[0] || `exit code ${code}`}` };
  } catch (error) {
    if (hasCode(error, 'ENOENT'))
      return { problem: `${program}, which Docker's configuration names, is not here` };
    return { problem: `${program} failed: ${messageOf(error)}` };
  }
}

async function run(program: string, server: string, env: NodeJS.ProcessEnv) {
  const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT });
  // A helper that ends without reading breaks the pipe; its exit code says more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(server);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: code as number | null, output };
}

function readAnswer(output: string): Found['credentials'] {
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(output);
  } catch {
    // The parser's message would quote the secret.
    throw new Error('its answer is not JSON');
  }
  if (typeof answer.Secret !== 'string' || answer.Secret === '') return undefined;
  const secret = new Secret(answer.Secret);
  // This user name says that the secret is a refresh token.
  hideCredentials(secret);
  if (answer.Username === '<token>') return { kind: 'identity', token: secret };
  const username = String(answer.Username ?? '');
  hideLogin(username, secret);
  return { kind: 'password', username, password: secret };
}
