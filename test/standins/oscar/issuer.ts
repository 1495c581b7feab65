/** An OIDC issuer that exchanges refresh tokens, as Keycloak does. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Issuer {
  /** Its URL: the `iss` of its tokens. */
  readonly url: string;
  /** Forms that were posted to the token endpoint. */
  readonly asked: URLSearchParams[];
  /** Subject of an access token that it issued and that is not over. */
  subjectOf(token: string): string | undefined;
  accessToken(subject: string, seconds?: number): string;
  refreshToken(subject: string): string;
  /** What whoever enters the code that was shown last answers; until then a device waits. */
  decide(answer: 'agree' | 'deny'): void;
  /** From now on, refresh tokens are refused. */
  revoke(): void;
  stop(): Promise<void>;
}

export interface IssuerOptions {
  /** Each refresh token counts once, and another one comes in its place: Keycloak's "Revoke Refresh Token". */
  readonly rotates?: boolean;
  /** Seconds that access tokens count. */
  readonly lifetime?: number;
}

export async function startIssuer({ lifetime = 3600, rotates = false }: IssuerOptions = {}): Promise<Issuer> {
  const asked: URLSearchParams[] = [];
  const issued = new Set<string>();
  let revoked = false;
  let serial = 0;
  const make = (claims: object): string => {
    serial += 1;
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ iss: url, jti: String(serial), ...claims })}.signature`;
    issued.add(token);
    return token;
  };
  let decision: 'agree' | 'deny' | undefined;
  let polls = 0;
  /** Rule: RFC 8628, as Keycloak does it. */
  const deviceAnswer = (path: string, form: URLSearchParams): object | undefined => {
    if (path.endsWith('/.well-known/openid-configuration')) {
      const [token, code] = [`${url}/protocol/openid-connect/token`, `${url}/device`];
      return { issuer: url, token_endpoint: token, device_authorization_endpoint: code };
    }
    if (path.endsWith('/device')) {
      if (form.get('client_id') !== 'oscar-cli')
        return { error: 'unauthorized_client', error_description: 'no such client' };
      polls = 0;
      const page = { verification_uri: `${url}/enter`, verification_uri_complete: `${url}/enter?c=WDJB` };
      return { device_code: 'd3v1ce', user_code: 'WDJB-MJHT', ...page, expires_in: 600, interval: 0.05 };
    }
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:device_code') return undefined;
    polls += 1;
    // Nobody is so fast that a device need not wait.
    if (decision === undefined || polls === 1) return { error: 'authorization_pending' };
    if (decision === 'deny') return { error: 'access_denied' };
    const refresh_token = refreshToken('ada');
    return { access_token: accessToken('ada'), refresh_token, expires_in: lifetime };
  };
  const refreshToken = (sub: string) =>
    make({ typ: 'Refresh', sub, azp: 'oscar-cli', scope: 'openid email' });
  const accessToken = (sub: string, seconds = lifetime) =>
    make({ typ: 'Bearer', sub, exp: Math.floor(Date.now() / 1000) + seconds });
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    const device = deviceAnswer(request.url ?? '', form);
    if (device) {
      response.writeHead('error' in device ? 400 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(device));
      return;
    }
    asked.push(form);
    const refresh = form.get('refresh_token') ?? '';
    const isRight = form.get('grant_type') === 'refresh_token' && issued.has(refresh) && !revoked;
    const isForUs = request.method === 'POST' && request.url === '/realms/lab/protocol/openid-connect/token';
    const status = !isForUs ? 404 : isRight && form.get('client_id') === 'oscar-cli' ? 200 : 400;
    const error = { error: 'invalid_grant', error_description: 'Invalid refresh token' };
    const { sub } = isRight ? claimsOf(refresh) : { sub: '' };
    const granted = {
      ...{ access_token: accessToken(sub), expires_in: lifetime },
      ...(rotates && isRight && { refresh_token: refreshToken(sub) }),
    };
    if (rotates) issued.delete(refresh);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(status === 200 ? granted : error));
  });
  // On a busy machine a client would use a connection that was just given up.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realms/lab`;
  return {
    url,
    asked,
    accessToken,
    refreshToken,
    subjectOf: (token) => {
      if (!issued.has(token)) return undefined;
      const { typ, exp, sub } = claimsOf(token);
      return typ === 'Bearer' && exp > Date.now() / 1000 ? sub : undefined;
    },
    decide: (answer) => {
      decision = answer;
    },
    revoke: () => {
      revoked = true;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function claimsOf(token: string): { typ: string; sub: string; exp: number } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
