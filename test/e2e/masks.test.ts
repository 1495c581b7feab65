/** Values from the environment that are words of names: nothing that names an object is spoilt by them. */
import { describe, expect, it } from 'vitest';
import type { Invocation } from '../../src/workflow/invocation.ts';
import { fdl, fdlJson } from './fdl.ts';
import { endedOf, project, workflowText } from './project.ts';

const STEP = {
  name: 'copy',
  input: 'acme-${env:STAGE}-files/in',
  outputs: ['acme-${env:STAGE}-files/out'],
  variables: { STAGE: '${env:STAGE}' },
  script: 'echo "stage: $STAGE, testing"; cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR"',
};

describe('STAGE=test in the name of a bucket', () => {
  it('stays in URIs of records and JSON, and is hidden as a word of what a script prints', async () => {
    const cwd = project({ 'workflow.yaml': workflowText([STEP]), 'in/a.txt': 'a' });
    const options = { cwd, env: { STAGE: 'test' } };
    const { code, json, stderr } = await fdlJson<{
      readonly invocations: readonly Invocation[];
      readonly outputs: readonly { readonly uri: string }[];
    }>(['run', 'workflow.yaml', 'in/a.txt', '--local', '--engine', 'host'], options);
    expect(code, stderr).toBe(0);
    const [input, output] = ['s3://acme-test-files/in/a.txt', 's3://acme-test-files/out/a.txt'];
    expect(json.invocations).toMatchObject([{ input: { uri: input }, outputs: [{ uri: output }] }]);
    expect(json.outputs).toMatchObject([{ uri: output }]);
    expect(endedOf(cwd)).toMatchObject([{ input: { uri: input }, outputs: [{ uri: output }] }]);
    const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], options);
    expect(stdout).toContain('stage: (secret), testing');
  });
});

describe('a secret that a script prints in another form', () => {
  it('is hidden in the logs and in the local state: as JSON and as base64', async () => {
    const step = {
      name: 'tell',
      input: 'tell-files/in',
      outputs: ['tell-files/out'],
      variables: { TOKEN: '${env:TOKEN}' },
      script: `node -e 'console.log(JSON.stringify({ t: process.env.TOKEN }), Buffer.from(process.env.TOKEN).toString("base64"))'`,
    };
    const cwd = project({ 'workflow.yaml': workflowText([step]), 'in/a.txt': 'a' });
    const options = { cwd, env: { TOKEN: 'to"ken-12345' } };
    const ran = await fdl(['run', 'workflow.yaml', 'in/a.txt', '--local', '--engine', 'host'], options);
    expect(ran.code, ran.stderr).toBe(0);
    const { stdout } = await fdl(['logs', 'workflow.yaml', '--local'], options);
    expect(stdout).toContain('{"t":"(secret)"} (secret)');
  });
});
