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
  /** From now on, refresh tokens are refused. */
  revoke(): void;
  stop(): Promise<void>;
}

export interface IssuerOptions {
  /** Seconds that access tokens count. */
  readonly lifetime?: number;
}

export async function startIssuer({ lifetime = 3600 }: IssuerOptions = {}): Promise<Issuer> {
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
  const accessToken = (sub: string, seconds = lifetime) =>
    make({ typ: 'Bearer', sub, exp: Math.floor(Date.now() / 1000) + seconds });
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(await text(request));
    asked.push(form);
    const refresh = form.get('refresh_token') ?? '';
    const isRight = form.get('grant_type') === 'refresh_token' && issued.has(refresh) && !revoked;
    const isForUs = request.method === 'POST' && request.url === '/realms/lab/protocol/openid-connect/token';
    const status = !isForUs ? 404 : isRight && form.get('client_id') === 'oscar-cli' ? 200 : 400;
    const error = { error: 'invalid_grant', error_description: 'Invalid refresh token' };
    const granted = { access_token: isRight ? accessToken(claimsOf(refresh).sub) : '', expires_in: lifetime };
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
    refreshToken: (sub) => make({ typ: 'Refresh', sub, azp: 'oscar-cli', scope: 'openid email' }),
    subjectOf: (token) => {
      if (!issued.has(token)) return undefined;
      const { typ, exp, sub } = claimsOf(token);
      return typ === 'Bearer' && exp > Date.now() / 1000 ? sub : undefined;
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
