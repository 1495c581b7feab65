/** Registries that say back the login they got: no error shows it, nor a token that they gave. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FdlError } from '../../../src/errors.ts';
import { dockerCredentials } from '../../../src/image/registry/docker-config.ts';
import { maskCredentials } from '../../../src/secret.ts';
import { quickClient } from '../clients.ts';

const PASSWORD = 'pä55/w+rd-of-docker';
const TOKEN = 'tok/en+of-registry';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const LOGIN = base64(`me:${PASSWORD}`);

type Echo = (response: ServerResponse, got: string) => void;

const denial = (message: string) => JSON.stringify({ errors: [{ code: 'DENIED', message }] });

const ECHOES: Readonly<Record<string, Echo>> = {
  body: (response, got) => response.writeHead(403).end(denial(got)),
  'realm of a challenge': (response, got) =>
    response
      .writeHead(401, { 'www-authenticate': `Bearer realm="http://x.example/${encodeURIComponent(got)}"` })
      .end(),
  redirect: (response, got) =>
    response.writeHead(307, { location: `http://x.example/${encodeURIComponent(got)}` }).end(),
};

const ENTRIES: Readonly<Record<string, object>> = {
  password: { auth: LOGIN },
  'identity token': { identitytoken: TOKEN },
  'token of the registry': { registrytoken: TOKEN },
};

/** A registry with a token service, which answers everything else with an echo. */
async function registry(echo: Echo, scheme: string) {
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host, authorization = '' } = request.headers;
    const decoded = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString();
    const got = [
      authorization,
      decoded,
      Buffer.concat(chunks),
      base64(TOKEN),
      encodeURIComponent(PASSWORD),
    ].join(' ');
    const challenge = scheme === 'Basic' ? 'Basic realm="r"' : `Bearer realm="http://${host}/token"`;
    if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': challenge }).end();
    else if (request.url?.startsWith('/token') && scheme === 'token given')
      response.end(JSON.stringify({ token: TOKEN }));
    else echo(response, got);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ROWS = Object.keys(ENTRIES).flatMap((entry) =>
  Object.keys(ECHOES).flatMap((echo) =>
    ['Basic', 'token given', 'token refused'].map((scheme) => [entry, echo, scheme] as const),
  ),
);

describe('a registry that says back what it got', () => {
  it.each(ROWS)('%s, in the %s, with %s', async (entry, echo, scheme) => {
    const host = await registry(ECHOES[echo] as Echo, scheme);
    const folder = mkdtempSync(path.join(tmpdir(), 'fdl-docker-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ auths: { [host]: ENTRIES[entry] } }));
    const client = quickClient({ credentials: dockerCredentials({ DOCKER_CONFIG: folder }) });
    onTestFinished(() => client.close());
    const call = {
      method: 'GET',
      at: { registry: host, repository: 'a' },
      path: '/manifests/1',
      access: 'pull',
    } as const;
    const thrown = await client
      .call({ ...call, expected: [200], subject: 'image a' })
      .catch((error) => error);
    expect(thrown).toBeInstanceOf(FdlError);
    const shown = maskCredentials(`${thrown.message} ${thrown.hint}`);
    const secrets =
      entry === 'password' ? [PASSWORD, LOGIN, encodeURIComponent(PASSWORD)] : [TOKEN, base64(TOKEN)];
    for (const secret of secrets) expect(shown).not.toContain(secret);
  });
});
