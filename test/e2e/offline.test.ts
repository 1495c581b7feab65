/** What would be made, without credentials and without a network: whatever opens a connection ends the program. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson, ROOT } from './fdl.ts';
import { project } from './project.ts';

const NO_NETWORK = `import net from 'node:net'; import dns from 'node:dns';
const stop = () => { process.stderr.write('A CONNECTION WAS OPENED\\n'); process.exit(99); };
net.Socket.prototype.connect = stop; dns.lookup = stop; dns.promises.lookup = stop;`;

const env = {
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(NO_NETWORK)}`,
  HOME: '/nonexistent',
  AWS_EC2_METADATA_DISABLED: 'true',
};

const example = (name: string) => path.join(ROOT, 'examples', name, 'workflow.yaml');

interface PlanJson {
  readonly summary: { readonly create: number; readonly unknown: number };
  readonly actions: readonly { readonly action: string; readonly kind: string; readonly changes: unknown }[];
}

describe('fdl plan --offline', () => {
  it('the guard of this test ends what asks somebody', async () => {
    const keys = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'eu-west-1' };
    const done = await fdl(['plan', example('hello')], { cwd: project({}), env: { ...env, ...keys } });
    expect([done.code, done.stderr]).toEqual([99, expect.stringContaining('A CONNECTION WAS OPENED')]);
  });

  it.each([
    ['audio-video', ['function', 'role', 'bucket', 'job-queue', 'compute-environment', 'notification']],
    ['mask-detection', ['function', 'service', 'bucket', 'trigger']],
    ['word-count', ['service', 'bucket', 'trigger']],
  ])('%s: all that would be made, and what only the account knows', async (name, kinds) => {
    const text = await fdl(['plan', '--offline', example(name)], { cwd: project({}), env });
    expect(text.code, text.stderr).toBe(0);
    if (name === 'audio-video') {
      expect(text.stdout).toMatch(/^audio-video\n {2}on AWS region [\w-]+\n/);
      expect(text.stdout).toMatch(/\+ function split\n {6}image \S+, memory \d+ MB, timeout \d+ s/);
      expect(text.stdout).toMatch(/\+ role \S+\n {6}may .*read s3:\/\/\S+\/in\/\*, write s3:/);
      expect(text.stdout).toMatch(/new files s3:\/\/\S+\/in\/\*\S* start split/);
      expect(text.stdout).not.toMatch(/unused-|\(secret\)|unchanged.*unchanged/);
    } else expect(text.stdout).toMatch(/^ {2}on OSCAR cluster lab$/m);
    for (const kind of kinds) expect(text.stdout).toMatch(new RegExp(`^ {2}\\+ ${kind} `, 'm'));
    const { json, code } = await fdlJson<PlanJson>(['plan', '--offline', example(name)], {
      cwd: project({}),
      env,
    });
    expect(code).toBe(0);
    expect(json.actions.every(({ action }) => action === 'create')).toBe(true);
    expect(json.summary).toMatchObject({ create: json.actions.length, unknown: 0 });
    if (kinds.includes('function')) expect(JSON.stringify(json)).toContain('(known after apply)');
  });

  it('a file with errors is refused as ever', async () => {
    const cwd = project({ 'workflow.yaml': 'functions:\n  aws:\n    - lambda: {name: a, memory: lots}\n' });
    const { code, stderr } = await fdl(['plan', '--offline'], { cwd, env });
    expect([code, stderr]).toEqual([2, expect.stringContaining('workflow.yaml:3:')]);
  });

  it.each([
    [
      'a script that is not there',
      'oscar: [{lab: {name: a, image: b, script: no.sh}}]',
      'script-not-found',
      45,
    ],
    ['no name of an image', 'aws: [{lambda: {name: a, container: {image: "<b>"}}}]', 'image-name', 47],
  ])('%s, without which nothing can be shown, is said with its place', async (_what, steps, code, column) => {
    const cwd = project({ 'workflow.yaml': `functions:\n  ${steps}\n` });
    const planned = await fdlJson<{ error: unknown }>(['plan', '--offline'], { cwd, env });
    const place = { file: 'workflow.yaml', line: 2 };
    const error = { code: 'file-invalid', ...place, diagnostics: [{ code, ...place, column }] };
    expect([planned.code, planned.json]).toMatchObject([2, { error }]);
    expect((await fdl(['graph', '--resources'], { cwd, env })).code).toBe(2);
  });
});

describe('fdl graph --resources', () => {
  it.each([
    ['text', /^ {2}function hello\n {4}← /m],
    ['mermaid', /^flowchart LR\n(.*\n)* {2}r\d+ --> r\d+/],
    ['dot', /^digraph resources \{\n(.*\n)* {2}r\d+ -> r\d+;/],
  ])('as %s', async (format, picture) => {
    const line = ['graph', '--resources', example('hello'), '--format', format];
    const { code, stdout } = await fdl(line, { cwd: project({}), env });
    expect([code, stdout]).toEqual([0, expect.stringMatching(picture)]);
  });

  it('as JSON: each with what comes before it', async () => {
    const { json } = await fdlJson<{ resources: { id: string; after: string[] }[] }>(
      ['graph', '--resources', example('hello')],
      { cwd: project({}), env },
    );
    const ids = json.resources.map(({ id }) => id);
    for (const [index, { after }] of json.resources.entries())
      for (const before of after) expect(ids.slice(0, index)).toContain(before);
    expect(json.resources.find(({ id }) => id.endsWith('/function/hello'))?.after.length).toBeGreaterThan(2);
  });
});
