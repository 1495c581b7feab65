/** The action of GitHub: its form, its script, and the workflow that the documentation shows. */
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { validateAction, validateWorkflow } from '@action-validator/core';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { githubTrust } from '../../src/providers/aws/policy/github.ts';
import { needs } from '../standins/need.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string; readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly Step[] };
}
const ACTION = load(read('action.yml')) as Action;

/** The workflow in the page on AWS. */
const PAGE = read('docs/aws.md');
const RECIPE = /```yaml\n(on:\n[\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
const STEPS = (load(RECIPE) as { jobs: { fdl: { steps: readonly Step[] } } }).jobs.fdl.steps;

it('has the form of an action, as its public schema says', () => {
  expect(validateAction(read('action.yml'))).toMatchObject({ errors: [] });
  expect(validateAction('name: x\nruns: { using: composite }\n').errors).not.toEqual([]);
});

it('uses actions of others only by the hash of a commit', () => {
  const used = ACTION.runs.steps.flatMap(({ uses }) => (uses ? [uses] : []));
  expect(used).toHaveLength(1);
  for (const each of used) expect(each).toMatch(/@[0-9a-f]{40}$/);
});

it('is called in the documentation as it wants to be', () => {
  expect(validateWorkflow(RECIPE)).toMatchObject({ errors: [] });
  const calls = STEPS.filter(({ uses }) => uses?.includes('/fdl@'));
  expect(calls.map((step) => step.with?.['command'])).toEqual(['validate', 'plan', 'apply']);
  for (const call of calls) {
    const known = Object.keys(ACTION.inputs);
    for (const name of Object.keys(call.with ?? {})) expect(known).toContain(name);
    for (const [name, { required }] of Object.entries(ACTION.inputs))
      if (required) expect(call.with).toHaveProperty(name);
  }
});

/** The names of the roles that the workflow takes when it is pushed to `main`, and for a pull request. */
const roleFor = (event: string): string | undefined => {
  const role = String(STEPS.find(({ uses }) => uses?.startsWith('aws-actions/'))?.with?.['role-to-assume']);
  const choice = /github\.event_name == '(\w+)' && '([^']*)' \|\| '([^']*)'/.exec(role);
  const [, named, then = '', otherwise = ''] = choice ?? ['', event, role];
  return (event === named ? then : otherwise).split(':role/')[1];
};

// Rule: GitHub, "OpenID Connect reference", examples of subjects: what follows the repository for each event.
it.each([
  ['push', 'ref:refs/heads/main'],
  ['pull_request', 'pull_request'],
])('on %s takes a role that trusts it, made as the documentation says', (event, subject) => {
  const role = roleFor(event);
  const [, options = ''] =
    new RegExp(`^fdl policy workflow\\.yaml (.*) > ${role}\\.json`, 'm').exec(PAGE) ?? [];
  const repository = /--github (\S+)/.exec(options)?.[1] ?? '';
  const trust = githubTrust(
    { repository, branch: /--branch (\S+)/.exec(options)?.[1] },
    'aws',
    '123456789012',
  );
  const [{ Condition: condition }] = trust.Statement;
  const subjects = { ...('StringLike' in condition ? condition.StringLike : condition.StringEquals) };
  const pattern = String(subjects['token.actions.githubusercontent.com:sub']).replace('*', '.*');
  expect(`repo:${repository}:${subject}`).toMatch(new RegExp(`^${pattern}$`));
  // What anybody may propose must not be able to change anything.
  expect(/--for look/.test(options)).toBe(event === 'pull_request');
});

describe.skipIf(!needs('bash'))('what it runs', () => {
  interface Called {
    readonly file?: string;
    readonly comments?: string;
    readonly pullRequest?: string;
    readonly args?: string;
  }

  /** Runs a call of the action in a copy of an example, on this machine; `gh` writes down what it is asked for. */
  function run(inputs: Readonly<Record<string, unknown>>, called: Called = {}) {
    const { comments = '', pullRequest = '7', args = '--local' } = called;
    const cwd = temporaryFolder();
    cpSync(path.join(ROOT, 'examples/hello'), cwd, { recursive: true });
    const gh = `#!/bin/sh\necho "$*" >> calls\ncase "$*" in *--method*) cat > body;; *) printf '%s' '${comments}';; esac\n`;
    writeFileSync(path.join(cwd, 'gh'), gh);
    chmodSync(path.join(cwd, 'gh'), 0o755);
    for (const file of ['calls', 'body', 'output', 'summary']) writeFileSync(path.join(cwd, file), '');
    const step = ACTION.runs.steps.find(({ env }) => env);
    const defaults = Object.fromEntries(
      Object.entries(ACTION.inputs).map(([name, input]) => [name, input.default]),
    );
    const given: Readonly<Record<string, unknown>> = { ...defaults, ...inputs };
    // `plan` and `validate` take other options.
    const more = [given['args'], given['command'] === 'validate' ? '' : args].filter(Boolean).join(' ');
    const value = (text: string) =>
      text
        .replace(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name) => String(name === 'args' ? more : given[name]))
        .replace('${{ github.event.pull_request.number }}', pullRequest);
    const env = Object.fromEntries(
      Object.entries(step?.env ?? {}).map(([name, text]) => [name, value(text)]),
    );
    const done = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', step?.run ?? ''], {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: `${cwd}:${process.env['PATH']}`,
        HOME: cwd,
        CI: 'true',
        GITHUB_ACTION_PATH: ROOT.replace(/\/$/, ''),
        GITHUB_REPOSITORY: 'somebody/project',
        GITHUB_OUTPUT: path.join(cwd, 'output'),
        GITHUB_STEP_SUMMARY: path.join(cwd, 'summary'),
        ...env,
      },
    });
    const content = (file: string) => readFileSync(path.join(cwd, file), 'utf8');
    return {
      ...done,
      output: content('output'),
      summary: content('summary'),
      calls: content('calls'),
      body: content('body'),
    };
  }

  it('does for each step of the documentation what the step says', () => {
    const [validate, plan, apply] = STEPS.filter((step) => step.with?.['command']).map((step) =>
      run(step.with ?? {}),
    );
    expect([validate?.status, plan?.status, apply?.status], `${plan?.stdout}${apply?.stdout}`).toEqual([
      0, 0, 0,
    ]);
    expect(validate?.summary).toContain('workflow.yaml: valid');
    expect(validate?.calls).toBe('');
    expect(plan?.output).toBe('changes=true\n');
    expect(plan?.calls).toContain('--method POST repos/somebody/project/issues/7/comments');
    expect(plan?.body).toContain('<!-- fdl plan workflow.yaml -->');
    expect(plan?.body).toContain('hello');
    expect(plan?.summary).toBe(plan?.body);
    expect(apply?.stdout).toContain('hello');
    expect(apply?.output).toBe('');
  });

  it('replaces the comment that it made before', () => {
    const { calls, status } = run({ command: 'plan', comment: true }, { comments: '4711\\n' });
    expect(status).toBe(0);
    expect(calls).toContain('--method PATCH repos/somebody/project/issues/comments/4711');
  });

  it('comments nothing where there is no pull request, or nobody wants it', () => {
    expect(run({ command: 'plan', comment: true }, { pullRequest: '' }).calls).toBe('');
    expect(run({ command: 'plan' }).calls).toBe('');
  });

  it('fails as the command does, and says in the summary why', () => {
    const { status, summary } = run({ command: 'validate', file: 'missing.yaml' });
    expect(status).toBe(2);
    expect(summary).toContain('missing.yaml');
  });

  it.each(['rm', '', 'plan; echo'])('refuses the command "%s"', (command) => {
    const { status, stdout } = run({ command });
    expect(status).toBe(2);
    expect(stdout).toContain(`::error::The input command is "${command}"`);
  });
});
