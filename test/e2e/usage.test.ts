/** Command lines and files that are right and wrong: what is printed where, and the exit code. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/commands/catalog.ts';
import { fdl, fdlJson, ROOT } from './fdl.ts';
import { COUNT, filesBelow, project, shop, UPPER, workflowText } from './project.ts';

const GOOD = workflowText([UPPER, COUNT]);
const BROKEN = 'functions:\n  aws:\n    - lambda:\n        name: a\n        memory: lots\n';
const WARNED = workflowText([{ ...UPPER, outputs: ['shop/in/again'] }]);

describe('fdl validate FILE…', () => {
  const files = () => project({ 'good.yaml': GOOD, 'broken.yaml': BROKEN, 'warned.yaml': WARNED });

  it('exits with 0 for what is right, with 2 for what is wrong, and shows the place', async () => {
    const cwd = files();
    expect(await fdl(['validate', 'good.yaml'], { cwd })).toMatchObject({
      code: 0,
      stdout: 'good.yaml: valid\n',
    });
    const broken = await fdl(['validate', 'broken.yaml'], { cwd });
    expect(broken.code).toBe(2);
    expect(broken.stdout).toMatch(/^broken\.yaml:5:17: error: .*\n +5 \| +memory: lots\n/);
    expect(broken.stdout).toContain('hint: ');
    expect(broken.stdout).toContain('broken.yaml: not valid (1 error)');
  });

  it('--strict makes errors of warnings', async () => {
    const cwd = project({ 'warned.yaml': GOOD.replace('"lambda": {', '"lambda": {"memroy": 1,') });
    const warned = await fdl(['validate', 'warned.yaml'], { cwd });
    expect([warned.code, warned.stdout]).toEqual([0, expect.stringContaining('(1 warning)')]);
    const strict = await fdl(['validate', '--strict', 'warned.yaml'], { cwd });
    expect([strict.code, strict.stdout]).toEqual([2, expect.stringContaining('(1 error)')]);
  });

  it('--json prints one object for each file, each on a line, also for one that is not there', async () => {
    const cwd = files();
    const { code, stdout } = await fdl(['validate', '--json', 'good.yaml', 'none.yaml', 'broken.yaml'], {
      cwd,
    });
    expect(code).toBe(2);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines).toMatchObject([
      { file: 'good.yaml', valid: true, diagnostics: [] },
      { file: 'none.yaml', valid: false, diagnostics: [{ severity: 'error', code: 'file-not-found' }] },
      {
        file: 'broken.yaml',
        valid: false,
        diagnostics: [{ severity: 'error', code: 'wrong-type', file: 'broken.yaml', line: 5, column: 17 }],
      },
    ]);
    expect(lines).toHaveLength(3);
  });

  it('--no-local-files does not look for scripts', async () => {
    const text = workflowText([{ ...UPPER, more: { init_script: 'gone.sh' } }]);
    const cwd = project({ 'workflow.yaml': text });
    expect((await fdl(['validate', 'workflow.yaml'], { cwd })).stdout).toContain('gone.sh');
    expect((await fdl(['validate', 'workflow.yaml', '--no-local-files'], { cwd })).stdout).not.toContain(
      'gone.sh',
    );
  });
});

describe('fdl graph FILE', () => {
  it('draws as text, mermaid and dot, and says the same as JSON', async () => {
    const cwd = project({ 'workflow.yaml': GOOD });
    const draw = async (...more: readonly string[]) =>
      (await fdl(['graph', 'workflow.yaml', ...more], { cwd })).stdout;
    expect(await draw()).toMatch(/s3:\/\/shop\/in\n└─▶ upper .*\n(.*\n)*.*└─▶ count/);
    expect(await draw('--format', 'mermaid')).toMatch(/^flowchart [A-Z]+\n/);
    expect(await draw('--format', 'dot')).toMatch(/^digraph/);
    const { json } = await fdlJson(['graph', 'workflow.yaml'], { cwd });
    expect(json).toMatchObject({ workflow: 'shop', links: [{ from: 'upper', to: 'count' }] });
  });

  it('draws what could not be deployed', async () => {
    const cwd = project({ 'warned.yaml': WARNED });
    expect((await fdl(['graph', 'warned.yaml'], { cwd })).code).toBe(0);
  });
});

describe('a file with a warning', () => {
  const TYPO = workflowText([{ ...UPPER, more: { memroy: 2048 } }]);
  const HERE = ['--local', '--engine', 'host'];
  const every: readonly (readonly string[])[] = [
    ['plan', 'workflow.yaml', '--local'],
    ['apply', 'workflow.yaml', '--local'],
    ['run', 'workflow.yaml', 'in', ...HERE],
    ['put', 'in/a.txt', '--local'],
    ['get', '--local'],
    ['status', 'workflow.yaml', '--local'],
    ['logs', 'workflow.yaml', '--local'],
    ['invoke', 'workflow.yaml', 'upper', '--data', 'x', ...HERE],
    ['graph', 'workflow.yaml'],
    ['ls', 'workflow.yaml', '--local'],
    ['rm', 'workflow.yaml', '--local', '--yes'],
  ];
  const withTypo = () => project({ 'workflow.yaml': TYPO, 'in/a.txt': 'abc' });

  it.each(every.map((args) => [args[0], args] as const))(
    'fdl %s shows it on stderr, with place and hint',
    async (_name, args) => {
      const { code, stdout, stderr } = await fdl(args, { cwd: withTypo() });
      expect(stderr).toMatch(
        /^workflow\.yaml:\d+:\d+: warning: .*memroy.*\n.*\n.*\n +hint: Did you mean "memory"\?/m,
      );
      expect(stdout).not.toContain('memroy');
      // There is nothing to get yet.
      expect(code).toBe(args[0] === 'get' ? 1 : 0);
    },
  );

  it.each(['plan', 'apply', 'rm', 'run'])('fdl %s --json has it in "diagnostics"', async (name) => {
    const args = every.find(([first]) => first === name) ?? [];
    const { code, json } = await fdlJson(args, { cwd: withTypo() });
    const { line, column } = { line: expect.any(Number), column: expect.any(Number) };
    expect(json['diagnostics']).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringContaining('memroy'),
        file: 'workflow.yaml',
        line,
        column,
      },
    ]);
    expect(code).toBe(0);
  });

  it('what stands in the way of a cloud only is not shown where all runs here', async () => {
    const cwd = project({ 'workflow.yaml': workflowText([{ ...UPPER, more: { memory: 64 } }]) });
    expect((await fdl(['validate', 'workflow.yaml'], { cwd })).stdout).toContain('memory');
    expect((await fdl(['plan', 'workflow.yaml', '--local'], { cwd })).stderr).toBe('');
    const graph = await fdl(['graph', 'workflow.yaml'], { cwd });
    expect([graph.code, graph.stderr]).toEqual([0, expect.stringContaining('memory')]);
  });
});

describe('a wrong command line: exit 2', () => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown command', 'plna', /unknown command 'plna'\n\(Did you mean plan\?\)/],
    ['an unknown option', 'plan --lokal x', /unknown option '--lokal'\n\(Did you mean --local\?\)/],
    ['a missing argument', 'put', /missing required argument 'sources'/],
    ['too many arguments', 'plan a b', /too many arguments/],
    ['a value that is not offered', 'run x --engine rkt', /Allowed choices are auto, docker, podman, host/],
    ['a number out of range', 'run x --concurrency 0', /whole number from 1/],
    ['a file that is not there', 'plan none.yaml --local', /no file none\.yaml/],
    ['a folder in place of a file', 'plan . --local', /is a folder/],
    ['no input', 'run workflow.yaml --local', /no input files.*\n.*--resume/],
    ['an input that is not there', 'run workflow.yaml none --local', /there is no file none/],
    ['an unknown step', 'status workflow.yaml --local --step cout', /Did you mean count\?/],
    ['prices where no cost is asked for', 'status workflow.yaml --local --prices x', /Add --cost/],
    ['a time that is none', 'plan workflow.yaml --local --cost --seconds soon', /--seconds plot=12/],
    ['an unknown template', 'init helo', /Did you mean hello\?/],
    ['an unknown shell', 'completion tcsh', /bash, zsh, fish/],
    ['--async where nothing runs in the background', 'invoke workflow.yaml upper --local --async', /fdl put/],
  ];

  it.each(wrong)('%s: fdl %s', async (_what, line, message) => {
    const cwd = shop([UPPER, COUNT], {});
    const args = line.split(' ');
    // With `--json` the same is said twice: as text, and as JSON. `completion` prints none.
    const printsJson = args[0] !== 'completion';
    const { code, stdout, stderr } = await fdl([...args, ...(printsJson ? ['--json'] : [])], { cwd });
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain(' at ');
    expect(code).toBe(2);
    expect(existsSync(path.join(cwd, '.fdl'))).toBe(false);
    if (!printsJson) return expect(stdout).toBe('');
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
    expect(error.message).not.toBe('');
    expect(error.code).toMatch(/^[a-z-]+$/);
  });
});

describe('help', () => {
  it('fdl --help lists every command; each has its own with an example', async () => {
    const cwd = project({});
    const { code, stdout } = await fdl(['--help'], { cwd });
    expect(code).toBe(0);
    for (const { name } of CATALOG) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
    const [one, other] = await Promise.all([fdl(['help', 'run'], { cwd }), fdl(['run', '--help'], { cwd })]);
    expect(one.stdout).toBe(other.stdout);
    expect(one.stdout).toMatch(/Examples:\n.*fdl run /s);
    expect((await fdl([], { cwd })).code).toBe(2);
  });

  it('fdl --version prints the version alone', async () => {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    expect(await fdl(['--version'], { cwd: project({}) })).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });
});

describe('fdl init', () => {
  it('lists templates, writes one, and does not write over files', async () => {
    const cwd = project({});
    const { json } = await fdlJson<{ templates: { name: string; summary: string }[] }>(['init'], { cwd });
    expect(json.templates.map(({ name }) => name)).toContain('hello');
    for (const { summary } of json.templates) expect(summary).toMatch(/^[A-Z].{20,}[.?!]$/);
    const { stdout } = await fdl(['init'], { cwd });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const words = stdout.replace(/\s+/g, ' ');
    for (const { summary } of json.templates) expect(words).toContain(summary);
    expect(await fdl(['init', 'hello', 'mine'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('cd mine'),
    });
    expect(filesBelow(path.join(cwd, 'mine'))).toEqual(
      expect.arrayContaining(['workflow.yaml', 'README.md', 'input/world.txt']),
    );
    expect(await fdl(['init', 'hello', 'mine'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('mine'),
    });
  });

  it('writes what can be committed: no path of this machine, a bucket of its own, what Git is to ignore', async () => {
    const cwd = project({ 'repo/.git/HEAD': 'ref: refs/heads/main\n' });
    const repo = path.join(cwd, 'repo');
    expect(await fdl(['init', 'hello', '.'], { cwd: repo })).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('cd .'),
    });
    await fdl(['init', 'hello', 'other'], { cwd });
    const text = readFileSync(path.join(repo, 'workflow.yaml'), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=fdl.schema.json');
    expect(JSON.parse(readFileSync(path.join(repo, 'fdl.schema.json'), 'utf8'))).toHaveProperty('properties');
    expect(readFileSync(path.join(repo, '.gitignore'), 'utf8').split('\n')).toEqual(
      expect.arrayContaining(['.fdl/', 'out/', '.env']),
    );
    const [, bucket] = /path: (hello-[0-9a-f]{8})\/in/.exec(text) ?? [];
    expect(text).toContain(`path: ${bucket}/out`);
    expect(text).not.toMatch(/hello-[0-9a-f]{4}\b/);
    expect(readFileSync(path.join(cwd, 'other/workflow.yaml'), 'utf8')).not.toContain(bucket);
    expect(await fdl(['init', 'hello', '.'], { cwd: repo })).toMatchObject({ code: 2 });
  });

  it('starts from an image alone', async () => {
    const cwd = project({});
    expect(await fdl(['init', '--image', 'ghcr.io/lab/my_tool:1.2'], { cwd })).toMatchObject({ code: 0 });
    expect((await fdl(['init', '--image', 'grycap/cowsay', '--name', 'moo'], { cwd })).stdout).toContain(
      'fdl invoke moo --data @script.sh',
    );
    for (const name of ['my-tool', 'moo']) {
      const folder = path.join(cwd, name);
      const { json } = await fdlJson<{ steps: object[] }>(['graph'], { cwd: folder });
      expect(json.steps).toMatchObject([{ step: name, provider: 'aws', mode: 'lambda' }]);
      expect((await fdl(['validate'], { cwd: folder })).code).toBe(0);
    }
    const line = ['invoke', 'moo', '--local', '--engine', 'host', '--data', '#!/bin/sh\necho moo says $0'];
    const called = await fdl(line, { cwd: path.join(cwd, 'moo') });
    expect([called.code, called.stdout], called.stderr).toEqual([0, expect.stringContaining('moo says')]);
    for (const image of ['ghcr.io/Lab/Tool:1.2', 'grycap/cowsay:', 'a b']) {
      const refused = await fdl(['init', '--image', image], { cwd });
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is no name of an image') });
    }
    for (const name of ['../evil', 'Ünï code', '']) {
      const refused = await fdl(['init', '--image', 'busybox', '--name', name], { cwd });
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('name') });
    }
    const { stdout } = await fdl(['init', '--image', 'busybox', 'an image'], { cwd });
    expect(stdout).toContain("cd 'an image'");
    expect(readdirSync(cwd).sort()).toEqual(['an image', 'moo', 'my-tool']);
    expect(await fdl(['init', '--name', 'x'], { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--image'),
    });
  });
});

describe('fdl version, fdl schema', () => {
  it('version says what a report of a fault needs', async () => {
    const { json, stderr } = await fdlJson(['version'], { cwd: project({}) });
    expect([json, stderr]).toEqual([
      {
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        // A copy without the history of the project has none.
        ...(existsSync(path.join(ROOT, '.git')) && {
          commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim(),
        }),
        platform: `${process.platform}-${process.arch}`,
        node: expect.any(String),
      },
      '',
    ]);
  });

  it('schema prints the schema, and fits it to a file once', async () => {
    const cwd = shop([UPPER], {});
    const { stdout } = await fdl(['schema'], { cwd });
    expect(stdout).toBe(readFileSync(path.join(ROOT, 'schemas/fdl.schema.json'), 'utf8'));
    const file = path.join(cwd, 'workflow.yaml');
    const before = readFileSync(file, 'utf8');
    for (const _ of ['once', 'again']) {
      expect((await fdl(['schema', '--modeline'], { cwd })).code).toBe(0);
      expect(readFileSync(file, 'utf8')).toBe(`# yaml-language-server: $schema=fdl.schema.json\n${before}`);
    }
    expect(readFileSync(path.join(cwd, 'fdl.schema.json'), 'utf8')).toBe(stdout);
    expect((await fdl(['schema', '--modeline', 'none.yaml'], { cwd })).code).toBe(2);
  });
});
