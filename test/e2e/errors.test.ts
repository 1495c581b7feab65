/** Every kind of error that a command can meet: what it says, and that it says it in words of its own. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import http, { type ServerResponse } from 'node:http';
import https from 'node:https';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tried } from '../sample.ts';
import { CERTIFICATE, KEY } from '../storage/certificate.ts';
import { BIN, fdl, fdlJson, NODE } from './fdl.ts';
import { project, UPPER, workflowText, write } from './project.ts';

/** Words of libraries, and of languages that programs are written in, that tell nobody what to do. */
const INNER =
  /^ +at |node:internal|\$response|Deserialization|Unexpected token|getaddrinfo|ssl3_|OpenSSL|error:0A|uv_cwd|scandir|CredentialsProvider|any providers|UnknownError|: Unknown\b|<html|\[object|undefined/m;

const servers: Server[] = [];
const urls: Record<string, string> = {
  'a closed port': 'http://127.0.0.1:1',
  'a name that nobody has': 'http://nowhere.invalid',
  'an address that is none': 'nonsense',
};

async function listen(name: string, server: Server, protocol = 'http'): Promise<void> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  urls[name] = `${protocol}://127.0.0.1:${(server.address() as { port: number }).port}`;
}

function answering(status: number, type: string, body: string): http.Server {
  return http.createServer((_request, response: ServerResponse) =>
    response.writeHead(status, { 'content-type': type }).end(body),
  );
}

const xmlError = (code: string, message: string) =>
  answering(
    403,
    'text/xml',
    `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );

beforeAll(async () => {
  await listen('a page of HTML', answering(200, 'text/html', '<html><body>Log in</body></html>'));
  await listen('a proxy in trouble', answering(502, 'text/html', '<html><body>Bad Gateway</body></html>'));
  await listen(
    'an expired token',
    xmlError('ExpiredToken', 'The security token included in the request is expired'),
  );
  await listen('a login that is refused', answering(401, 'text/plain', 'Unauthorized'));
  await listen(
    'a server that hangs up',
    createServer((socket) => void socket.destroy()),
  );
  await listen(
    'a certificate that nobody knows',
    https.createServer({ cert: CERTIFICATE, key: KEY }),
    'https',
  );
  urls['TLS where there is none'] = (urls['a page of HTML'] ?? '').replace('http:', 'https:');
});

afterAll(() => {
  for (const server of servers) server.close();
});

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-example',
  AWS_REGION: 'us-east-1',
  AWS_MAX_ATTEMPTS: '1',
};

function oscarText(endpoint: string): string {
  const input = [{ storage_provider: 'minio', path: 'shop/in' }];
  const service = { name: 'a', image: 'busybox:1', script: 's.sh', input };
  const lab = { endpoint, auth_user: 'ada', auth_password: 'lovelace' };
  return JSON.stringify({ functions: { oscar: [{ lab: service }] }, clusters: { lab } });
}

/** A folder of somebody who never used a cloud. */
function desk(endpoint = 'http://127.0.0.1:1') {
  const cwd = project({
    'workflow.yaml': workflowText([UPPER]),
    'oscar.yaml': oscarText(endpoint),
    's.sh': '#!/bin/sh\n',
    'in/a.txt': 'abc',
    'home/.keep': '',
  });
  return { cwd, env: { HOME: path.join(cwd, 'home'), AWS_EC2_METADATA_DISABLED: 'true' } };
}

/** The error as people and as programs get it: with `--json` a command says both. */
async function failing(args: readonly string[], cwd: string, env: Record<string, string>) {
  const { json, ...finished } = await fdlJson<{ error?: { code: string; message: string; hint?: string } }>(
    args,
    { cwd, env },
  );
  expect(finished.stderr + finished.stdout).not.toMatch(INNER);
  expect(finished.code).toBe(1);
  return { ...finished, error: json.error };
}

type Case = readonly [server: string, code: string, says: RegExp];

/** Each is met behind one of three doors, each day behind another one: that of AWS, of a store and of a cluster. */
const REACH: readonly (readonly [server: string, says: RegExp])[] = [
  ['a closed port', /127\.0\.0\.1:1 refuses the connection/],
  ['a name that nobody has', /the name nowhere\.invalid (is unknown|cannot be looked up)/],
  ['a server that hangs up', /the connection was closed before the answer was complete/],
  ['a certificate that nobody knows', /its certificate is self-signed[\s\S]*(NODE_EXTRA_CA_CERTS|verify)/],
  ['TLS where there is none', /TLS cannot be spoken with it/],
];

describe('fdl plan on AWS', () => {
  const cases: readonly Case[] = [
    ...tried(REACH, 0).map(([server, says]) => [server, 'aws-unreachable', says] as const),
    ['an address that is none', 'aws-unreachable', /"nonsense" is no URL/],
    [
      'a page of HTML',
      'aws-failed',
      /the answer is not one of this service[\s\S]*something else answers there/,
    ],
    ['a proxy in trouble', 'aws-failed', /HTTP status 502/],
    ['an expired token', 'aws-credentials', /expired[\s\S]*set AWS_ACCESS_KEY_ID, /],
  ];

  it.each(cases)('%s: %s', async (server, code, says) => {
    const { cwd, env } = desk();
    const { stderr, error } = await failing(['plan', 'workflow.yaml'], cwd, {
      ...env,
      ...KEYS,
      AWS_ENDPOINT_URL: urls[server] ?? '',
    });
    expect(stderr).toMatch(says);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
  });

  it.each([
    ['no credentials', {}, 'aws-credentials', /no credentials were found[\s\S]*--local/],
    [
      'a profile that is not there',
      { AWS_PROFILE: 'none' },
      'aws-credentials',
      /there is no profile "none" \(AWS_PROFILE\): there is no ~\/\.aws\/config/,
    ],
    [
      'a region that is none',
      { ...KEYS, AWS_REGION: 'not a region' },
      'aws-unreachable',
      /"not a region" is no name of a region/,
    ],
  ] as const)('%s', async (_what, more, code, says) => {
    const { cwd, env } = desk();
    const { stderr, error } = await failing(['plan', 'workflow.yaml'], cwd, { ...env, ...more });
    expect(stderr).toMatch(says);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
  });
});

describe('what the file names is said with its line', () => {
  it.each([
    ['a profile', 'boto_profile: none', 'aws-credentials', /there is no profile "none" \("boto_profile" in/],
    [
      'a region',
      'region: not a region',
      'aws-unreachable',
      /"not a region" is no name of a region \("region" in/,
    ],
  ])('%s', async (_what, line, code, says) => {
    const { cwd, env } = desk();
    const lambda = `name: a\n      ${line}\n      container: {image: busybox}\n      init_script: s.sh`;
    write(cwd, { 'workflow.yaml': `functions:\n  aws:\n  - lambda:\n      ${lambda}\n` });
    const more = code === 'aws-credentials' ? {} : KEYS;
    const { stderr, error } = await failing(['plan', 'workflow.yaml'], cwd, { ...env, ...more });
    expect(stderr).toMatch(says);
    expect(stderr).toMatch(/workflow\.yaml:5:\d+: /);
    expect(error).toMatchObject({ code });
  });
});

describe('fdl get from a store', () => {
  const cases: readonly Case[] = [
    ...tried(REACH, 1).map(([server, says]) => [server, 'storage-failed', says] as const),
    ['a page of HTML', 'storage-failed', /a page of HTML "Log in" \(HTTP status 200\), and not one of S3/],
    ['a proxy in trouble', 'storage-failed', /a page of HTML "Bad Gateway" \(HTTP status 502\)/],
    ['an expired token', 'storage-denied', /expired/],
  ];

  it.each(cases)('%s: %s', async (server, code, says) => {
    const { cwd, env } = desk();
    const args = ['get', '--from', 's3://shop/in'];
    const { stderr, error } = await failing(args, cwd, {
      ...env,
      ...KEYS,
      AWS_ENDPOINT_URL: urls[server] ?? '',
    });
    expect(stderr).toMatch(says);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
  });
});

describe('fdl plan on a cluster', () => {
  const cases: readonly Case[] = [
    ...tried(REACH, 2).map(([server, says]) => [server, 'oscar-unreachable', says] as const),
    ['a page of HTML', 'oscar-failed', /answer \/system\/\w+ as OSCAR does: it is a page of HTML "Log in"/],
    [
      'a proxy in trouble',
      'oscar-failed',
      /failed at GET \/system\/\w+: a page of HTML "Bad Gateway" \(HTTP status 502\)/,
    ],
    ['a login that is refused', 'oscar-denied', /does not accept the login/],
  ];

  it.each(cases)('%s: %s', async (server, code, says) => {
    const { cwd, env } = desk(urls[server]);
    const { stderr, error } = await failing(['plan', 'oscar.yaml'], cwd, env);
    expect(stderr).toMatch(says);
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/\.$/) });
  });
});

describe('this machine', () => {
  const RUN = ['run', 'workflow.yaml', 'in', '--local', '--engine', 'host'];

  it.each([
    [
      'a file where the state should be',
      '/dev/null/state',
      /a part of "\/dev\/null\/state\/shop.*" is a file/,
    ],
    [
      'a state that may not be written',
      '/sys/fdl-state',
      /(permission denied for|read-only|no) .*"?\/sys\/fdl-state[\s\S]*FDL_HOME/,
    ],
  ])('%s', async (_what, home, says) => {
    const { cwd, env } = desk();
    const { stderr, error } = await failing(RUN, cwd, { ...env, FDL_HOME: home });
    expect(stderr).toMatch(says);
    expect(error?.hint).toMatch(/\.$/);
  });

  it('what people read is the same with and without --json', async () => {
    const { cwd, env } = desk();
    const lines = [
      ['plan', 'workflow.yaml'],
      ['plan', 'oscar.yaml'],
      ['get', '--from', 's3://shop/in'],
    ];
    for (const args of lines) {
      const { stderr, stdout } = await fdl(args, { cwd, env });
      expect(stdout).toBe('');
      expect(stderr).toBe((await failing(args, cwd, env)).stderr);
    }
  });

  it('configuration that is no YAML', async () => {
    const { cwd, env } = desk();
    mkdirSync(path.join(cwd, 'home/.config/fdl'), { recursive: true });
    writeFileSync(path.join(cwd, 'home/.config/fdl/config.yaml'), '{{{: [');
    const { stderr } = await failing(['cluster', 'ls'], cwd, env);
    expect(stderr).toMatch(/config\.yaml is no YAML[\s\S]*hint: /);
  });

  it.each([
    [
      'a working directory that is gone',
      'mkdir gone; cd gone; rmdir ../gone; fdl plan ../workflow.yaml --local',
      /the working directory is gone/,
    ],
    [
      'a full disk behind standard output',
      'fdl graph workflow.yaml > /dev/full',
      /standard output cannot be written: no space is left/,
    ],
    [
      'no standard input',
      'fdl cluster add lab http://127.0.0.1:1 --user ada --password-stdin --no-check <&-',
      /the password is empty/,
    ],
  ])('%s', async (_what, line, says) => {
    const { cwd, env } = desk();
    const { stderr, code } = shell(line, cwd, env);
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(INNER);
    expect([1, 2]).toContain(code);
  });

  it('a reader that has seen enough is no error', async () => {
    const { cwd, env } = desk();
    expect(shell('fdl graph workflow.yaml | true; exit ${PIPESTATUS[0]}', cwd, env)).toEqual({
      code: 0,
      stderr: '',
    });
  });
});

/** A line of bash in which `fdl` is the built program. */
function shell(line: string, cwd: string, env: Record<string, string>) {
  const script = `fdl() { "${NODE}" "${BIN}" "$@"; }; ${line}`;
  const options = { cwd, env: { PATH: process.env['PATH'] ?? '', ...env }, encoding: 'utf8' } as const;
  const { status, stderr } = spawnSync('bash', ['-c', script], options);
  return { code: status, stderr };
}
