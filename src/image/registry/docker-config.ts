/** The credentials that `docker login` left on this machine. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hasCode, messageOf } from '../../errors.ts';
import { hideCredentials, hideLogin, Secret } from '../../secret.ts';
import { askHelper } from './credential-helper.ts';
import type { CredentialSource, Credentials, Found } from './credentials.ts';

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
 * Looks in the file `config.json` of the folder `DOCKER_CONFIG`, by default `~/.docker`, and asks the helpers it
 * names. A file that is missing is none; one that cannot be read is a problem, not an error: most images need no login.
 */
export function dockerCredentials(env: NodeJS.ProcessEnv): CredentialSource {
  const folder = env['DOCKER_CONFIG'] || path.join(env['HOME'] ?? '', '.docker');
  const file = path.join(folder, 'config.json');
  return async (host) => {
    try {
      return await lookUp(JSON.parse(await readFile(file, 'utf8')), host, env);
    } catch (error) {
      // The parser's message quotes the file, in which passwords may be.
      const why = error instanceof SyntaxError ? 'it is not JSON' : messageOf(error);
      return hasCode(error, 'ENOENT')
        ? {}
        : { problem: `Docker's configuration ${file} cannot be read: ${why}` };
    }
  };
}

/** A helper for this registry counts before one for all, and that before what is in the file: as with Docker. */
async function lookUp(config: DockerConfig | null, host: string, env: NodeJS.ProcessEnv): Promise<Found> {
  const server = host === 'docker.io' ? DOCKER_HUB : host;
  const own = valueFor(config?.credHelpers, host);
  if (own !== undefined) return askHelper(own, server, env);
  const stored = config?.credsStore ? await askHelper(config.credsStore, server, env) : {};
  if (stored.credentials) return stored;
  const entry = valueFor(config?.auths, host);
  return { credentials: entry && fromEntry(entry), problem: stored.problem };
}

function valueFor<T>(values: Readonly<Record<string, T>> | undefined, host: string): T | undefined {
  return Object.entries(values ?? {}).find(([key]) => hostOf(key) === host)?.[1];
}

/** The host that a key of the file means; old ones are addresses. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return /^(index|registry-1)\.docker\.io$/.test(host) ? 'docker.io' : host;
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
