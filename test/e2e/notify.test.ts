/** Whom a file names in `on_failure` and `on_success`: a server and commands are told once what came of a run. */
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { lyingServer } from '../lying-server.ts';
import { fdl } from './fdl.ts';
import { shop, UPPER } from './project.ts';

const HERE = ['--local', '--engine', 'host', '--json'] as const;
const PICKY = {
  ...UPPER,
  script: 'case "$INPUT_FILE_PATH" in */bad.txt) exit 3;; esac\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"',
};
const INPUTS = { 'bad.txt': 'x', 'good.txt': 'y' };

it('a run with a failure tells each target of on_failure once, and shows no URL; then a good one those of on_success', async () => {
  const posts: { readonly path: string | undefined; readonly content: string }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    posts.push({ path: `${request.method} ${request.url}`, content: await text(request) });
    if (request.url?.startsWith('/elsewhere')) response.writeHead(307, { location: '/other' }).end();
    else response.end('ok');
  };
  const { url, host } = await lyingServer((request, response) => void answer(request, response));
  const cwd = shop([PICKY], INPUTS, {
    on_failure: [
      { webhook: `${url}/hook/verysecret?token=topsecret` },
      { webhook: '${env:HOOK}', format: 'slack' },
      { webhook: `${url}/elsewhere/verysecret` },
      { webhook: '${env:NONE:-}' },
      { command: ['sh', '-c', 'cat > "$0"; exit 5', 'told.json'] },
      { command: 'echo "no such colour" >&2; exit 4' },
    ],
    on_success: [{ command: 'cat > good.json' }],
  });
  const env = { HOOK: `${url}/slack/verysecret` };
  const { code, stdout, stderr } = await fdl(['run', 'workflow.yaml', 'in', ...HERE], { cwd, env });
  expect(code, stderr).toBe(1);
  expect(stdout + stderr).not.toMatch(/verysecret|topsecret/);
  expect(stderr.match(/^warning: .*$/gm)?.sort()).toEqual([
    expect.stringMatching(
      /^warning: the command echo .* was not told: it ended with exit code 4: no such colour$/,
    ),
    'warning: the command sh of on_failure was not told: it ended with exit code 5',
    `warning: the webhook at ${host} of on_failure was not told: it answered with HTTP status 307`,
  ]);

  expect(posts.map((each) => each.path).sort()).toEqual([
    'POST /elsewhere/verysecret',
    'POST /hook/verysecret?token=topsecret',
    'POST /slack/verysecret',
  ]);
  const contentOf = (name: string) =>
    JSON.parse(posts.find((each) => each.path?.includes(name))?.content ?? '');
  const told = contentOf('/hook');
  expect(told).toEqual({
    workflow: 'shop',
    status: 'failed',
    startedAt: expect.stringMatching(/Z$/),
    endedAt: expect.stringMatching(/Z$/),
    counts: { succeeded: 1, failed: 1, left: 0, notPut: 0, notFetched: 0 },
    failures: [
      {
        step: 'upper',
        input: 's3://shop/in/bad.txt',
        invocation: expect.any(String),
        exitCode: 3,
        reason: expect.stringContaining('3'),
      },
    ],
  });
  expect(JSON.parse(readFileSync(path.join(cwd, 'told.json'), 'utf8'))).toEqual(told);
  expect(contentOf('/slack')).toEqual({
    text: expect.stringMatching(
      /^shop failed: 1 succeeded, 1 failed\n• upper s3:\/\/shop\/in\/bad\.txt: .*3/,
    ),
  });
  expect(existsSync(path.join(cwd, 'good.json'))).toBe(false);

  const again = await fdl(['run', 'workflow.yaml', 'in/good.txt', ...HERE], { cwd, env });
  expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining('warning')]);
  expect(JSON.parse(readFileSync(path.join(cwd, 'good.json'), 'utf8'))).toMatchObject({
    status: 'succeeded',
    counts: { succeeded: 1, failed: 0 },
    failures: [],
  });
  expect(posts).toHaveLength(3);
});
