/** `--debug` says what is asked of servers and where errors come from, and no secret. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { project, shop, UPPER, workflowText } from './project.ts';

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY',
  AWS_REGION: 'eu-west-1',
};
const PASSWORD = 'correct-horse-battery';

let server: string;

beforeAll(async () => {
  const page = '<html>\n<head><title>Please log in</title></head></html>';
  const listener = http.createServer((_request, response) =>
    response.writeHead(404, { 'content-type': 'text/html', 'x-amzn-requestid': 'abc-123' }).end(page),
  );
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve));
  server = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return () => void listener.close();
});

const REQUEST = /^debug: POST http:\/\/127\.0\.0\.1:\d+\/ 404 \(request abc-123\) in \d+ ms$/m;

describe('--debug', () => {
  it('shows the requests to AWS, and where an error came from', async () => {
    const cwd = shop([UPPER], {});
    const env = { ...KEYS, AWS_ENDPOINT_URL: server };
    const quiet = await fdlJson(['plan', 'workflow.yaml'], { cwd, env });
    expect(quiet.stderr).not.toMatch(/debug:|^ +at /m);
    for (const [args, more] of [
      [['--debug'], {}],
      [[], { FDL_DEBUG: '1' }],
    ] as const) {
      const { stdout, stderr } = await fdlJson(['plan', 'workflow.yaml', ...args], {
        cwd,
        env: { ...env, ...more },
      });
      expect(stderr).toMatch(REQUEST);
      expect(stderr).toMatch(/^ +at .*\.js:\d+/m);
      expect(stdout).toBe(quiet.stdout);
      expect(stderr).not.toContain(KEYS.AWS_SECRET_ACCESS_KEY);
    }
  });

  it('shows the requests to clusters and registries without their logins', async () => {
    const cluster = { endpoint: server, auth_user: 'ada', auth_password: PASSWORD, ssl_verify: true };
    const step = { cluster_id: 'lab', name: 'upper', image: 'busybox:1', script: 'run.sh' };
    const cwd = project({
      'workflow.yaml': JSON.stringify({
        functions: { oscar: [{ lab: step }] },
        clusters: { lab: cluster },
      }),
      'run.sh': '#!/bin/sh\ntrue\n',
    });
    const { stderr } = await fdl(['plan', 'workflow.yaml', '--debug'], { cwd });
    expect(stderr).toMatch(/^debug: GET http:\/\/127\.0\.0\.1:\d+\/system\/\w+ 404 .* in \d+ ms$/m);
    expect(stderr).not.toContain(PASSWORD);
    expect(stderr).not.toContain(Buffer.from(`ada:${PASSWORD}`).toString('base64'));
  });

  it('is known to every command', async () => {
    const { code } = await fdl(['validate', 'workflow.yaml', '--debug'], {
      cwd: project({ 'workflow.yaml': workflowText([UPPER]) }),
    });
    expect(code).toBe(0);
    expect((await fdl(['cluster', 'ls', '--debug'], { cwd: project({}) })).code).toBe(0);
  });
});

describe('an answer that is no API answer', () => {
  it('is named with its status, its server, the call and its first line', async () => {
    const cwd = shop([UPPER], {});
    const { stderr } = await fdl(['plan', 'workflow.yaml'], {
      cwd,
      env: { ...KEYS, AWS_ENDPOINT_URL: server },
    });
    expect(stderr).toMatch(/sts GetCallerIdentity/);
    expect(stderr).toContain('404');
    expect(stderr).toContain(server);
    expect(stderr).toContain('"Please log in"');
    expect(stderr).toMatch(/proxy/);
  });
});
