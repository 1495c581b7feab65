/** Registries as the provider of AWS uses them: with the account's own login for ECR, that of Docker for others. */
import { tmpdir } from 'node:os';
import { messageOf } from '../../../errors.ts';
import type { BlobProgress } from '../../../image/blob-copy.ts';
import { type Composer, openComposer } from '../../../image/compose.ts';
import { openRegistryClient, type RegistryClient } from '../../../image/registry/client.ts';
import { type CredentialSource, type Found, firstOf } from '../../../image/registry/credentials.ts';
import { dockerCredentials } from '../../../image/registry/docker-config.ts';
import { hideCredentials, hideLogin, Secret } from '../../../secret.ts';
import { setAside } from '../../../supervisor/environment.ts';
import type { ProviderContext } from '../../provider.ts';
import type { Clients } from '../api/clients.ts';
import { ecrRegion } from '../dialect/ecr.ts';
import type { Site } from '../site.ts';

/** Where images are read and composed. */
export interface ImageRegistry {
  readonly client: RegistryClient;
  readonly composer: Composer;
  /** Tells how blobs are brought to registries, until the answer is called. */
  readonly watch: (listener: (progress: BlobProgress) => void) => () => void;
}

/** A registry client and a composer that open with their first use. */
interface AwsRegistry {
  /** The same every time. */
  open(): Promise<ImageRegistry>;
  /** Ends all connections; does nothing where none was opened. */
  close(): Promise<void>;
}

/** The registries for one run of the program. `sites` are those whose login opens ECR. */
export function awsRegistry(
  context: ProviderContext,
  { clients, sites }: { readonly clients: Clients; readonly sites: readonly Site[] },
): AwsRegistry {
  let opened: ImageRegistry | undefined;
  const own = ecrCredentials(clients, sites, context.signal);
  return {
    open: async () => {
      opened ??= openImages(context, firstOf(own, dockerCredentials(context.environment)));
      return opened;
    },
    close: async () => {
      await opened?.client.close();
      opened = undefined;
    },
  };
}

function openImages({ environment, signal }: ProviderContext, credentials: CredentialSource): ImageRegistry {
  const mirrors = environment['FDL_REGISTRY_MIRRORS'];
  const client = openRegistryClient({ credentials, signal, ...(mirrors && { mirrors }) });
  const listeners = new Set<(progress: BlobProgress) => void>();
  const onProgress = (progress: BlobProgress) => {
    for (const listener of listeners) listener(progress);
  };
  return {
    client,
    composer: openComposer({ client, tmpRoot: tmpdir(), renamed: setAside, onProgress }),
    watch: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Milliseconds before its end that a token is not used any more: a transfer must not outlive it. */
const MARGIN = 30 * 60_000;
/** Milliseconds that a token lasts where the answer does not say. Rule: ECR's tokens last 12 hours. */
const LIFETIME = 12 * 60 * 60_000;

interface Token {
  readonly found: Found;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/**
 * Asks AWS for a token with the credentials of the site in the registry's region; of several sites there, each in turn,
 * since each may belong to another account. Tokens are kept until shortly before they expire.
 */
export function ecrCredentials(
  clients: Clients,
  sites: readonly Site[],
  signal: AbortSignal,
  now: () => number = Date.now,
): CredentialSource {
  const tokens = new Map<string, Promise<Token>>();
  const tokenFor = async (host: string, region: string): Promise<Found> => {
    const known = tokens.get(host);
    const token = await known?.catch(() => undefined);
    if (token && token.expires > now()) return token.found;
    // Somebody else may have asked anew meanwhile.
    if (tokens.get(host) !== known) return tokenFor(host, region);
    const asked = askEach(host, candidates(region, sites), clients, signal, now);
    tokens.set(host, asked);
    return (await asked).found;
  };
  return async (host) => {
    const region = ecrRegion(host);
    if (region === undefined) return {};
    try {
      return await tokenFor(host, region);
    } catch (thrown) {
      signal.throwIfAborted();
      return { problem: `AWS gave no login for ${host}: ${messageOf(thrown)}` };
    }
  };
}

/** The sites in a region; where there is none, any credentials may do there. */
function candidates(region: string, sites: readonly Site[]): readonly Site[] {
  const there = sites.filter((site) => site.region === region);
  return there.length > 0 ? there : sites.map((site) => ({ ...site, region })).slice(0, 1);
}

/** The token of the site whose account has the registry; else, since registries may be shared, that of the first. */
async function askEach(
  host: string,
  sites: readonly Site[],
  clients: Clients,
  signal: AbortSignal,
  now: () => number,
): Promise<Token> {
  const tokens: Token[] = [];
  for (const site of sites) {
    const { token, account } = await ask(site, clients, signal, now);
    if (account === host.slice(0, 12)) return token;
    tokens.push(token);
  }
  return tokens[0] ?? { found: {}, expires: 0 };
}

async function ask(site: Site, clients: Clients, abortSignal: AbortSignal, now: () => number) {
  const { sdk, client } = await clients('ecr', site);
  const { authorizationData } = await client.send(new sdk.GetAuthorizationTokenCommand(), { abortSignal });
  const { authorizationToken = '', expiresAt, proxyEndpoint = '' } = authorizationData?.[0] ?? {};
  const [username = '', password = ''] = Buffer.from(authorizationToken, 'base64').toString().split(':');
  hideCredentials(authorizationToken);
  hideLogin(username, password);
  const credentials = { kind: 'password', username, password: new Secret(password) } as const;
  const token: Token = {
    found: password === '' ? { problem: 'AWS gave an empty login' } : { credentials },
    expires: (expiresAt?.getTime() ?? now() + LIFETIME) - MARGIN,
  };
  return { token, account: /\/\/(\d{12})\./.exec(proxyEndpoint)?.[1] };
}
