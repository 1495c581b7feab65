/** Keeps what every registry of a run has asked for and given: challenges and tokens. */
import type { CredentialSource, Found } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { basic, type Challenge, fetchToken, parseChallenge, type Token } from './token.ts';
import { discard, type Send } from './transport.ts';

interface Authorization {
  /** The value of the header `Authorization`; absent where none is needed or to be had. */
  readonly header?: string | undefined;
  /** Why there are no credentials. */
  readonly problem?: string | undefined;
}

export interface Access {
  readonly endpoint: Endpoint;
  readonly repository: string;
  /** Such as `repository:library/alpine:pull`. */
  readonly scopes: readonly string[];
}

interface Authorizer {
  /** What to send with a call. */
  authorize(access: Access): Promise<Authorization>;
  /**
   * What to send after the registry refused `header` with a challenge; nothing if that would not differ.
   * Rejects as `authorize` does: RegistryError `image-denied`, `registry-failed`.
   */
  renew(access: Access, challenge: string | undefined, header: string | undefined): Promise<Authorization>;
}

interface AuthorizerDeps {
  readonly send: Send;
  readonly credentials: CredentialSource;
  readonly signal?: AbortSignal | undefined;
}

type Bearer = Extract<Challenge, { scheme: 'bearer' }>;
type Held = Token & { readonly problem: string | undefined };

interface Memory {
  /** By the origin of the registry. */
  readonly challenges: Map<string, Promise<Challenge | undefined>>;
  /** By the name of the registry and the repository: a helper of Docker's is a program that is started. */
  readonly credentials: Map<string, Promise<Found>>;
  /** By origin and scopes. */
  readonly tokens: Map<string, Promise<Held>>;
}

/**
 * An authorizer that has asked nobody yet. What is asked for at the same time is asked for once; what fails is asked
 * for again with the next call, so it is the caller who tries again.
 */
export function openAuthorizer(deps: AuthorizerDeps): Authorizer {
  const memory: Memory = { challenges: new Map(), credentials: new Map(), tokens: new Map() };
  return {
    authorize: async (access) => {
      const { endpoint } = access;
      // Asked once, before the calls that would all be refused.
      const challenge = await remembered(memory.challenges, endpoint.origin, () => ping(endpoint, deps));
      return authorization(access, challenge, deps, memory);
    },
    renew: async (access, header, refused) => {
      const challenge = parseChallenge(header);
      if (!challenge) return {};
      memory.challenges.set(access.endpoint.origin, Promise.resolve(challenge));
      await forget(access, refused, memory);
      const renewed = await authorization(access, challenge, deps, memory);
      return renewed.header === refused ? { problem: renewed.problem } : renewed;
    },
  };
}

/** What is known under a key, else what is found out now; failures are not kept. */
function remembered<T>(known: Map<string, Promise<T>>, key: string, find: () => Promise<T>): Promise<T> {
  const held = known.get(key);
  if (held) return held;
  const found = find();
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

/** Forgets what was refused; not what somebody else, who was refused at the same time, has renewed already. */
async function forget(access: Access, refused: string | undefined, memory: Memory): Promise<void> {
  const [key, name] = [keyOf(access), holderOf(access)];
  const token = await memory.tokens.get(key)?.catch(() => undefined);
  if (token && `Bearer ${token.value}` === refused) memory.tokens.delete(key);
  const found = await memory.credentials.get(name)?.catch(() => undefined);
  const { credentials } = found ?? {};
  if (credentials?.kind === 'password' && basic(credentials) === refused) memory.credentials.delete(name);
}

/** Whose credentials they are. */
function holderOf({ endpoint: { name }, repository }: Access): string {
  return `${name}/${repository}`;
}

function keyOf({ endpoint, scopes }: Access): string {
  return [endpoint.origin, ...scopes].join(' ');
}

async function ping({ origin }: Endpoint, { send, signal }: AuthorizerDeps): Promise<Challenge | undefined> {
  const { status, headers, body } = await send({ method: 'GET', url: `${origin}/v2/`, headers: {}, signal });
  discard(body);
  return status === 401 ? parseChallenge(headers['www-authenticate']) : undefined;
}

async function authorization(
  access: Access,
  challenge: Challenge | undefined,
  deps: AuthorizerDeps,
  memory: Memory,
): Promise<Authorization> {
  if (!challenge) return {};
  if (challenge.scheme === 'bearer') {
    const { value, problem } = await token(access, challenge, deps, memory);
    return { header: `Bearer ${value}`, problem };
  }
  const { credentials, problem } = await credentialsFor(access, deps, memory);
  if (credentials?.kind === 'password') return { header: basic(credentials), problem };
  return { problem };
}

function credentialsFor(access: Access, deps: AuthorizerDeps, memory: Memory): Promise<Found> {
  const { endpoint, repository } = access;
  return remembered(memory.credentials, holderOf(access), () => deps.credentials(endpoint.name, repository));
}

async function token(access: Access, challenge: Bearer, deps: AuthorizerDeps, memory: Memory): Promise<Held> {
  const key = keyOf(access);
  const known = memory.tokens.get(key);
  // It may have been renewed while it was looked at.
  if (known && Date.now() >= (await known).renewAt && memory.tokens.get(key) === known)
    memory.tokens.delete(key);
  return remembered(memory.tokens, key, () => fetchFor(access, challenge, deps, memory));
}

async function fetchFor(
  access: Access,
  challenge: Bearer,
  deps: AuthorizerDeps,
  memory: Memory,
): Promise<Held> {
  const { endpoint } = access;
  const found = await credentialsFor(access, deps, memory);
  // A call may need more than we know, such as the right to a repository that a blob is mounted from.
  const scopes = [...new Set([...access.scopes, ...challenge.scopes])];
  const query = { ...found, endpoint, challenge, scopes, signal: deps.signal };
  try {
    const fetched = await fetchToken(deps.send, query);
    return { ...fetched, problem: fetched.problem ?? found.problem };
  } catch (error) {
    // Passwords that helpers give may end as tokens do: the next call gets another one.
    memory.credentials.delete(holderOf(access));
    throw error;
  }
}
