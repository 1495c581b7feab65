/** What `fdl validate` says of files that can be read, but not deployed: the same that `fdl plan` does. */
import { describe, expect, it } from 'vitest';
import { fdl, fdlJson } from './fdl.ts';
import { project } from './project.ts';

const step = (...more: readonly string[]) =>
  [
    'functions:',
    '  aws:',
    '  - lambda:',
    '      name: upper',
    ...more.map((line) => `      ${line}`),
    '',
  ].join('\n');

const IMAGE = ['container: {image: busybox}', 'init_script: here.sh'];

/** `local`: whether they can be used with `--local` all the same. */
const KEPT: readonly { what: string; file: string; local: boolean }[] = [
  { what: 'a script that is not there', file: step(IMAGE[0] ?? '', 'init_script: gone.sh'), local: false },
  { what: 'too much memory', file: step(...IMAGE, 'memory: 20000'), local: true },
  {
    what: 'a loop',
    file: step(
      ...IMAGE,
      'input: [{storage_provider: s3, path: shop/in}]',
      'output: [{storage_provider: s3, path: shop/in}]',
    ),
    local: false,
  },
  {
    what: 'an output on a store that nobody knows',
    file: step(...IMAGE, 'output: [{storage_provider: minio.nowhere, path: shop/out}]'),
    local: true,
  },
  {
    what: 'an output on a kind of store that services do not reach',
    file: `functions:
  oscar:
    - here: {name: s, image: alpine, script: here.sh, output: [{storage_provider: gcs.mine, path: shop/out}]}
clusters: {here: {endpoint: 'https://oscar.example.org', auth_user: a, auth_password: b}}
storage_providers: {gcs: {mine: {credentials: c}}}
`,
    local: true,
  },
];

const inProject = (file: string) => project({ 'workflow.yaml': file, 'here.sh': 'echo here\n' });

describe.each(KEPT)('fdl validate of a file with $what', ({ file, local }) => {
  it('ends with 2, as plan does, and says that it reads well', async () => {
    const cwd = inProject(file);
    const { code, stdout } = await fdl(['validate', 'workflow.yaml'], { cwd });
    const planned = await fdl(['plan', 'workflow.yaml'], { cwd });
    expect(stdout).toMatch(/^workflow\.yaml: reads well, but cannot be deployed: \d+ findings?\b/m);
    expect([code, planned.code]).toEqual([2, 2]);
    expect(planned.stderr).toContain('cannot be used');
    const offline = await fdl(['plan', 'workflow.yaml', '--offline'], { cwd });
    expect([offline.code, offline.stderr]).toEqual([2, expect.stringMatching(/cannot be (deployed|used)/)]);
    const { json } = await fdlJson(['validate', 'workflow.yaml'], { cwd });
    expect(json).toMatchObject({ valid: true, deployable: false });
  });

  it('--local judges as plan --local does, and a finding says where it counts', async () => {
    const cwd = inProject(file);
    const here = await fdl(['validate', 'workflow.yaml', '--local'], { cwd });
    const planned = await fdl(['plan', 'workflow.yaml', '--local'], { cwd });
    expect([here.code, planned.code]).toEqual(local ? [0, 0] : [2, 2]);
    const { stdout } = await fdl(['validate', 'workflow.yaml'], { cwd });
    expect(stdout.includes('does not matter with --local')).toBe(local);
  });

  it('--form checks the form alone', async () => {
    const { code, stdout } = await fdl(['validate', '--form', 'workflow.yaml'], { cwd: inProject(file) });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^workflow\.yaml: valid \(\d+ warnings?\)$/m)]);
  });
});

describe('a variable of a script that is taken from the environment, which lacks it', () => {
  const file = step(...IMAGE, 'environment: {Variables: {TOKEN: "${env:TOKEN}"}}');

  it.each(['graph', 'status --local', 'logs --local', 'rm --local --yes'])(
    'does not keep %s from working',
    async (line) => {
      const [command = '', ...more] = line.split(' ');
      const { code, stderr } = await fdl([command, 'workflow.yaml', ...more], { cwd: inProject(file) });
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining('warning: the environment variable TOKEN is not set'),
      ]);
    },
  );

  it('is a warning of validate, and refused by what needs it', async () => {
    const cwd = inProject(file);
    // Nobody needs it to see what would be made.
    expect((await fdl(['plan', 'workflow.yaml', '--offline'], { cwd })).code).toBe(0);
    const { code, stdout } = await fdl(['validate', 'workflow.yaml'], { cwd });
    expect([code, stdout]).toEqual([0, expect.stringContaining('workflow.yaml: valid (1 warning)')]);
    for (const where of [[], ['--local']]) {
      const planned = await fdl(['plan', 'workflow.yaml', ...where], { cwd });
      expect([planned.code, planned.stderr]).toEqual([2, expect.stringContaining('TOKEN is not set')]);
    }
  });
});

describe('FDL_TARGET', () => {
  it('that is neither local nor cloud is an error, with the value and what may stand there', async () => {
    const cwd = inProject(step(...IMAGE));
    const all = [['status', 'workflow.yaml'], ['validate', 'workflow.yaml'], ['ls']];
    for (const args of all) {
      const { code, stderr } = await fdl(args, { cwd, env: { FDL_TARGET: 'locl' } });
      expect([code, stderr]).toEqual([2, expect.stringContaining('FDL_TARGET is "locl"')]);
      expect(stderr).toContain('local');
    }
    expect((await fdl(['validate', 'workflow.yaml'], { cwd, env: { FDL_TARGET: '' } })).code).toBe(0);
  });
});
