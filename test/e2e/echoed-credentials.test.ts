/** Servers that say back what they were sent: no error shows a credential, in whatever form it travelled. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tried } from '../sample.ts';
import { fdl, type Options } from './fdl.ts';
import { project, UPPER, workflowText } from './project.ts';

const SECRET = 'pä55/w+rd&"<x>';
const TOKEN = 'tok/en+4711==';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Every form of a text in which it might be read again. */
function formsOf(text: string): readonly string[] {
  return [text, base64(text), Buffer.from(text).toString('base64url'), encodeURIComponent(text)];
}

const FORMS = [SECRET, TOKEN, `user:${SECRET}`].flatMap(formsOf);

/** How a server may say back what it got. */
const ECHOES: Readonly<Record<string, (response: ServerResponse, got: string, forms: string) => void>> = {
  body: (response, got, forms) => response.writeHead(400).end(`cannot read ${got} ${forms}`),
  'body of a denial': (response, got, forms) => response.writeHead(401).end(`not valid: ${got} ${forms}`),
  'long body': (response, got, forms) => response.writeHead(400).end(`${'x'.repeat(492)} ${forms} ${got}`),
  'JSON body': (response, got, forms) => {
    const message = `${got} ${forms}`;
    const errors = [{ code: 'DENIED', message }];
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ errors, message, Message: message, __type: 'AccessDenied' }));
  },
  headers: (response, got) => {
    const said = encodeURIComponent(got);
    response.writeHead(401, {
      'www-authenticate': `Bearer realm="http://evil.example/${said}"`,
      'x-amzn-errortype': said,
    });
    response.end();
  },
  'status text': (response, got) => response.writeHead(500, base64(got)).end(),
  redirect: (response, got) =>
    response
      .writeHead(302, {
        location: `https://${encodeURIComponent(got)}@other.example/${encodeURIComponent(got)}`,
      })
      .end(),
};

async function echoing(echo: string): Promise<string> {
  const server = createServer((request: IncomingMessage, response) => {
    const { authorization = '', 'x-amz-security-token': session = '' } = request.headers;
    request
      .resume()
      .on('end', () =>
        ECHOES[echo]?.(response, `${authorization} ${session} ${request.url}`, FORMS.join(' ')),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Place {
  readonly args: readonly string[];
  readonly env: (url: string) => Record<string, string>;
}

const aws = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: SECRET,
  AWS_SESSION_TOKEN: TOKEN,
  AWS_MAX_ATTEMPTS: '1',
});

/** Where credentials come from, and a command that sends them. */
const PLACES: Readonly<Record<string, Place>> = {
  'password of a cluster': {
    args: ['cluster', 'info', 'lab'],
    env: (url) => ({
      FDL_CLUSTER_LAB_ENDPOINT: url,
      FDL_CLUSTER_LAB_USER: 'user',
      FDL_CLUSTER_LAB_PASSWORD: SECRET,
    }),
  },
  'token of a cluster': {
    args: ['cluster', 'info', 'lab'],
    env: (url) => ({ FDL_CLUSTER_LAB_ENDPOINT: url, FDL_CLUSTER_LAB_TOKEN: TOKEN }),
  },
  'keys of AWS': { args: ['status', 'workflow.yaml'], env: aws },
  'keys of S3': { args: ['get', '-f', 'workflow.yaml'], env: aws },
};

const ROWS = Object.keys(PLACES).flatMap((place) =>
  Object.keys(ECHOES).map((echo) => [place, echo] as const),
);

describe('a server that says back what it got', () => {
  it.each(tried(ROWS))('%s, in the %s', async (place, echo) => {
    const url = await echoing(echo);
    const { args, env } = PLACES[place] as Place;
    const cwd = project({ 'workflow.yaml': workflowText([UPPER]) });
    const options: Options = { cwd, env: { ...env(url), HOME: cwd } };
    const sent =
      place === 'token of a cluster'
        ? formsOf(TOKEN)
        : place === 'password of a cluster'
          ? [SECRET, `user:${SECRET}`].flatMap(formsOf)
          : [SECRET, TOKEN].flatMap(formsOf);
    // With `--json` a command says it twice: as text, and as JSON.
    const { stdout, stderr } = await fdl([...args, '--json'], options);
    expect(stderr).not.toBe('');
    expect(stdout).toMatch(/^\{/);
    const said = stdout + stderr;
    for (const form of sent) expect(said.includes(form), `${form} in ${said}`).toBe(false);
    // JSON writes quotes and backslashes in its own way.
    for (const form of sent) expect(said.includes(JSON.stringify(form).slice(1, -1))).toBe(false);
  });
});

describe('an address with a login', () => {
  const endpoint = 'http://lab-user:lab-pass77@127.0.0.1:9';

  it('shows no password in findings and errors', async () => {
    const text = `storage_providers:\n  minio:\n    m: {endpoint: ${endpoint}, unknown_field: 1, region: x}\nfunctions:\n  oscar:\n    - lab:\n        name: s\n        memory: "${endpoint}"\n`;
    const cwd = project({ 'workflow.yaml': text });
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await fdl(['validate', 'workflow.yaml', ...more], { cwd });
      expect(stdout + stderr).toMatch(/unknown_field/);
      expect(stdout + stderr).not.toContain('lab-pass77');
    }
  });
});

describe('a value of the environment in a finding', () => {
  it.each([
    [
      'of a file that has errors',
      'memory: "${env:HIDDEN}"\n    - lambda:\n        nam: x\n        name: [a]',
    ],
    ['that is none of the values it may be', 'execution_mode: "${env:HIDDEN}"'],
    ['that is a wrong number', 'timeout: "${env:HIDDEN}"'],
    ['with other text around it', 'memory: "a${env:HIDDEN}b"'],
    ['that is read as several items', 'layers: ["${env:HIDDEN} ${env:HIDDEN}"]'],
  ])('%s is hidden', async (_what, field) => {
    const text = `functions:\n  aws:\n    - lambda:\n        name: x\n        log_level: "\${env:HIDDEN}"\n        runtime: "\${env:HIDDEN}"\n        container: {image: "\${env:HIDDEN} x"}\n        ${field}\n`;
    const cwd = project({ 'workflow.yaml': text });
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await fdl(['validate', 'workflow.yaml', ...more], {
        cwd,
        env: { HIDDEN: 'hidden-value-77' },
      });
      expect(stdout + stderr).not.toBe('');
      expect(stdout + stderr).not.toContain('hidden-value-77');
    }
  });
});
