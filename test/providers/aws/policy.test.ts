/** Policies that are made for a file: what they are about, how they are split, and what judges of others say. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { policiesOf, statementsOf } from '../../../src/providers/aws/policy/document.ts';
import { githubTrust } from '../../../src/providers/aws/policy/github.ts';
import { USES } from '../../../src/providers/aws/policy/right.ts';
import { workflowRights } from '../../../src/providers/aws/policy/workflow.ts';
import { LANGUAGE } from '../../../src/providers/language.ts';
import { readWorkflow } from '../../../src/workflow/read.ts';
import { CORPUS, corpusFiles, ROOT } from '../../corpus/folder.ts';
import { ACCOUNT, factsOf, workflowOf } from './workflows.ts';

const PLACE = { workflow: 'demo', partition: 'aws', account: ACCOUNT };

const step = (name: string) => `
    - lambda:
        name: ${name}
        container: {image: busybox}
        init_script: s.sh
        input: [{storage_provider: s3, path: in-${name}/in}]
        output: [{storage_provider: s3, path: out/x}]`;

async function policies(text: string, uses = USES) {
  const workflow = await workflowOf(text, { environment: { TOKEN: 'secret' } });
  const facts = factsOf(workflow, { remove: true });
  return policiesOf(statementsOf(workflowRights(workflow, facts, PLACE), uses));
}

test('whoever only looks can change nothing', async () => {
  const [only, ...more] = await policies(`functions:\n  aws:${step('one')}`, ['look']);
  const actions = only?.Statement.flatMap(({ Action }) => Action) ?? [];
  expect([more, actions.length > 10]).toEqual([[], true]);
  expect(actions.filter((each) => !/:(Get|List|Describe|Filter|BatchGet|Simulate|GET)/.test(each))).toEqual(
    [],
  );
});

test('a policy that is too long for IAM is split, and says the same', async () => {
  const many = Array.from({ length: 60 }, (_, index) => step(`a-step-with-a-long-name-${index}`)).join('');
  const all = await policies(`functions:\n  aws:${many}`);
  expect(all.length).toBeGreaterThan(1);
  for (const each of all) expect(JSON.stringify(each).length).toBeLessThanOrEqual(6144);
  const named = all.flatMap(({ Statement }) => Statement.flatMap(({ Resource }) => Resource));
  expect(named.filter((each) => each.includes(':function:'))).toHaveLength(60);
  for (const { Statement } of all) {
    const sids = Statement.map(({ Sid }) => Sid);
    expect(new Set(sids).size).toBe(sids.length);
  }
});

describe('the trust policy for GitHub', () => {
  const condition = (pipeline: Parameters<typeof githubTrust>[0]) =>
    githubTrust(pipeline, 'aws', ACCOUNT).Statement[0].Condition;

  test.each([
    [{ branch: 'main' }, { StringEquals: 'repo:a/b:ref:refs/heads/main' }],
    [{ environment: 'prod' }, { StringEquals: 'repo:a/b:environment:prod' }],
    [{}, { StringLike: 'repo:a/b:*' }],
  ] as const)('trusts runs with %j', (more, expected) => {
    const found = condition({ repository: 'a/b', ...more });
    const [[operator, subject]] = Object.entries(expected) as [[string, string]];
    expect(found).toMatchObject({
      StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' },
      [operator]: { 'token.actions.githubusercontent.com:sub': subject },
    });
  });

  test.each(['*/*', 'a', 'a/*', '*/b', 'a/b/c', 'a/b:ref'])('refuses %s', (repository) => {
    expect(() => condition({ repository })).toThrow(/no repository/);
  });
});

const FUNCTIONS = `functions:
  aws:
    - lambda:
        name: resize
        container: {image: busybox}
        init_script: resize.sh
        input: [{storage_provider: s3, path: my-photos/in}]
        output: [{storage_provider: s3, path: my-photos/out}]
        function_url: true
        environment: {Variables: {TOKEN: "\${env:TOKEN}"}}
        reserved_concurrency: 5
        on_failure: arn:aws:sqs:eu-west-1:123456789012:failed
        preheat: true
        vpc: {SubnetIds: [subnet-0123456789abcdef0], SecurityGroupIds: [sg-0123456789abcdef0]}
        file_system:
          - Arn: arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-0123456789abcdef0
            LocalMountPath: /mnt/data
      api_gateway: {name: resize-api}
`;

const JOBS = `functions:
  aws:
    - lambda:
        name: train
        execution_mode: lambda-batch
        container: {image: busybox}
        init_script: train.sh
        input: [{storage_provider: s3, path: my-data/in}]
        output: [{storage_provider: s3, path: my-data/out}]
      batch:
        compute_resources: {type: SPOT, instance_types: [m6i]}
      iam: {permissions_boundary: "arn:aws:iam::123456789012:policy/limit"}
`;

/** JSON with lists of texts on as few lines as fit. */
function jsonOf(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return text.replace(/\[\n\s+([^[\]{}]*?)\n\s+\]/g, (_, inner: string) => {
    return `[${inner.replace(/\n\s+/g, ' ')}]`.replace(/(.{60,90}?,) /g, '$1\n          ');
  });
}

async function pageOf(): Promise<string> {
  const shown = async (text: string) =>
    (await policies(text)).map((each) => `\`\`\`json\n${jsonOf(each)}\n\`\`\`\n`).join('\n');
  return [
    '# Policies of two examples on AWS',
    'Made by `npx vitest run --project unit test/providers/aws/policy.test.ts -u` from the table in \n`src/providers/aws/policy/kinds.ts`. `fdl policy FILE` prints the policy of your own file: these only show what such\npolicies look like, for account 123456789012 and workflows named `demo`.',
    '## A function with an address, secrets, a network and a file system',
    `\`\`\`yaml\n${FUNCTIONS}\`\`\`\n`,
    await shown(FUNCTIONS),
    '## A function with jobs on AWS Batch, below a permissions boundary',
    `\`\`\`yaml\n${JOBS}\`\`\`\n`,
    await shown(JOBS),
  ]
    .map((part) => part.replace(/ \n/g, '\n').trimEnd())
    .join('\n\n')
    .concat('\n');
}

test('the page of examples is what the table says', async () => {
  await expect(await pageOf()).toMatchFileSnapshot('../../../docs/aws-policies.md');
});

const files = corpusFiles();

test.skipIf(files.length === 0)(
  'every file of other projects has rights, for each of its steps',
  async () => {
    let seen = 0;
    for (const file of files) {
      expect(existsSync(join(CORPUS, file))).toBe(true);
      const options = { language: LANGUAGE, environment: {}, workingDirectory: ROOT, localFiles: false };
      const { workflow } = await readWorkflow(join(CORPUS, file), options);
      if (!workflow?.steps.some(({ provider }) => provider === 'aws')) continue;
      seen += 1;
      const statements = statementsOf(
        workflowRights(workflow, factsOf(workflow, { remove: true }), PLACE),
        USES,
      );
      const named = statements.flatMap(({ Resource }) => Resource).join('\n');
      for (const { name, provider } of workflow.steps) {
        if (provider === 'aws') expect(named).toContain(`function:${name}`);
      }
    }
    expect(seen).toBeGreaterThan(5);
  },
);
