/** Replicas of a service: `federation` since 4.1.0, three fields at the top before. */
import type { Props, Value } from '../../../../deploy/resource.ts';
import { isBranch, isList } from '../../../../deploy/value.ts';
import { FdlError } from '../../../../errors.ts';
import { asObject, parseJson } from '../../../../json.ts';
import { Secret, type Text } from '../../../../secret.ts';
import { ALONE } from '../../annotations.ts';
import { isSince } from '../../api/answers.ts';
import type { Replica } from '../../dialect/schema/index.ts';
import type { OscarStep } from '../../dialect/step.ts';

/** A cluster that jobs are handed to. */
export interface MemberCluster {
  readonly endpoint: string;
  readonly user?: string | undefined;
  readonly password?: Text | undefined;
  readonly verifyTls: boolean;
}

interface FederationContext {
  readonly release: string;
  readonly clusters: ReadonlyMap<string, MemberCluster>;
  readonly address?: ((text: string) => Value) | undefined;
  /** The OIDC refresh token of the login to the cluster. */
  readonly refreshToken?: Text | undefined;
}

interface FederationFields {
  readonly fields: Props;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The fields in the form of the release, and the access to the clusters of the members. */
export function federationFields(step: OscarStep, context: FederationContext): FederationFields {
  const { settings, replicas } = step;
  const { federation } = settings;
  if (!federation && replicas.length === 0) return { fields: {}, annotations: {} };
  const members = replicas.map((replica) => memberFields(replica, context));
  // Left out, the releases that have federations hand no job on.
  const delegation = federation?.delegation ?? settings.delegation ?? 'static';
  const rescheduler_threshold = federation?.rescheduler_threshold ?? settings.rescheduler_threshold;
  const clusters = clustersOf(step, context);
  if (!isSince(context.release, '4.1.0')) {
    return { fields: { replicas: members, delegation, rescheduler_threshold, clusters }, annotations: {} };
  }
  const isAlone = members.length > 0;
  const { group_id, topology } = { ...federation, ...(isAlone && { topology: ALONE.topology }) };
  const whole = { group_id, topology, delegation, rescheduler_threshold, members };
  const annotations = isAlone ? { [ALONE.annotation]: 'true' } : {};
  return { fields: { federation: whole, clusters }, annotations };
}

function memberFields(
  { type = 'oscar', cluster_id, service_name, url, ssl_verify, priority, headers }: Replica,
  { address }: FederationContext,
): Props {
  const isEndpoint = type.toLowerCase() === 'endpoint';
  return {
    type: type.toLowerCase(),
    cluster_id,
    service_name,
    url: url === undefined ? undefined : (address?.(url) ?? url),
    // The server takes a missing flag for "no".
    ssl_verify: isEndpoint ? (ssl_verify ?? true) : ssl_verify,
    priority,
    headers,
  };
}

/** Only those that members are on. */
function clustersOf({ replicas }: OscarStep, { clusters }: FederationContext): Props {
  const ids = replicas.flatMap(({ type = 'oscar', cluster_id }) =>
    type.toLowerCase() === 'oscar' && cluster_id ? [cluster_id] : [],
  );
  const entries = [...new Set(ids)].flatMap((id) => {
    const cluster = clusters.get(id);
    if (!cluster) return [];
    const { endpoint, user, password, verifyTls } = cluster;
    return [[id, { endpoint, auth_user: user, auth_password: password, ssl_verify: verifyTls }] as const];
  });
  return Object.fromEntries(entries);
}

/** The secret that clusters show to one another. */
const TOKEN = 'refresh_token';

/**
 * A token for members that want none. Managers read its claims all the same, and break where one is missing; then they ask
 * its issuer, which is nobody, and go on without. Rule: OSCAR since 4.1.0, `exchangeRefreshToken`.
 */
const NOBODYS = new Secret(
  ['{"alg":"none"}', '{"iss":"http://127.0.0.1:9","azp":"none","scope":"none"}', '']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.'),
);

interface GivenToken {
  /** As part of the secrets; empty where the file has one, or none is needed or known. */
  readonly secrets: Readonly<Record<string, Text>>;
  /** Whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * The token that releases since 4.1.0 ask for where a service has members, and the file gives none: that of the login.
 * Members that are mere addresses get one of nobody.
 */
export function givenToken(
  { id, cluster, replicas, settings: { environment } }: OscarStep,
  { release, refreshToken }: FederationContext,
): GivenToken {
  const given = { ...environment?.Secrets, ...environment?.secrets };
  const isNeeded = isSince(release, '4.1.0') && replicas.length > 0 && !given[TOKEN];
  const isMere = replicas.every(({ type = 'oscar' }) => type.toLowerCase() === 'endpoint');
  if (!isNeeded) return { secrets: {}, warnings: [] };
  if (isMere) return { secrets: { [TOKEN]: NOBODYS }, warnings: [] };
  if (refreshToken === undefined) return { secrets: {}, warnings: [] };
  const warning = `${id}: the refresh token of the login to ${cluster} is stored there as a secret of the service, which opens its members with it.`;
  return { secrets: { [TOKEN]: refreshToken }, warnings: [warning] };
}

/**
 * Refuses a service whose members are services of other clusters, without the token that these ask for, unless it is there
 * and may have it already; and a token that the manager cannot use, whose jobs would be lost.
 * Rule: OSCAR since 4.1.0, `exchangeRefreshToken`.
 * @throws FdlError `federation-token`
 */
export function requireToken(name: string, service: Props, isThere = false): void {
  const { federation, environment } = service;
  const members = isBranch(federation) ? federation['members'] : undefined;
  const secrets = isBranch(environment) ? environment['secrets'] : undefined;
  if (!isList(members) || members.length === 0) return;
  const token = isBranch(secrets) ? secrets[TOKEN] : undefined;
  if (token instanceof Secret && !isUsable(token.reveal())) {
    const message = `the service ${name} has members, but its ${TOKEN} is none that OSCAR can use: it is no JSON Web Token with the claims iss, azp and scope`;
    throw new FdlError('federation-token', message, { hint: HINT });
  }
  if (isThere || token !== undefined) return;
  const message = `the service ${name} has members on other clusters, but no token that opens them`;
  throw new FdlError('federation-token', message, { hint: HINT });
}

const HINT = `OSCAR asks for an OIDC refresh token since 4.1.0: log in with one (fdl cluster login, or fdl cluster add … --refresh-token-stdin), or add "${TOKEN}: \${env:NAME}" to its "environment.secrets".`;

/** Whether a manager can exchange a refresh token. */
function isUsable(token: string): boolean {
  const [, claims, signature] = token.split('.');
  const { iss, azp, scope } = asObject(parseJson(decodeText(claims))?.value) ?? {};
  return signature !== undefined && [iss, azp, scope].every((claim) => typeof claim === 'string');
}

function decodeText(part = ''): string {
  return Buffer.from(part, 'base64url').toString();
}
