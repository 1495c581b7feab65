/** A step that runs an image of the account as it is (`create_image: false`), on AWS. */
import path from 'node:path';
import { CreateRepositoryCommand, ListImagesCommand } from '@aws-sdk/client-ecr';
import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCOUNT } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { type AccountLab, contentOf, notificationsOf, openAccount } from './aws-account.ts';
import { fdl } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { write } from './project.ts';

const IMAGE = `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/own/tool:1`;

const file = (variables: string) => `
name: given
functions:
  aws:
    - lambda:
        name: tool
        description: runs as it is
        container: {image: "${IMAGE}", create_image: false}
        environment: {Variables: {${variables}}}
        tags: {project: microscopy}
        input: [{storage_provider: s3, path: given/in}]
        output: [{storage_provider: s3, path: given/out}]
`;

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('an image that runs as it is on AWS', () => {
  let account: AccountLab;
  let cwd: string;

  beforeAll(async () => {
    const tool = (root: string) => addBusybox(root, ['sh', 'echo']);
    account = await openAccount({ images: { 'own/tool:1': tool } });
    await account.clients.ecr.send(new CreateRepositoryCommand({ repositoryName: 'own/tool' }));
    cwd = path.join(account.folder, 'flow');
    write(cwd, { 'given.yaml': file('MODE: fast') });
  });

  afterAll(() => account?.close());

  const run = (...argv: readonly string[]) => fdl(argv, { cwd, env: account.env });

  it('is what its function runs, with all variables', async () => {
    const applied = await run('apply', 'given.yaml', '--yes');
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const { lambda } = account.clients;
    const { Code, Configuration } = await lambda.send(new GetFunctionCommand({ FunctionName: 'tool' }));
    expect(Code?.ImageUri).toMatch(/\/own\/tool@sha256:[0-9a-f]{64}$/);
    expect(Configuration?.Environment?.Variables).toEqual({ MODE: 'fast' });
    const { LambdaFunctionConfigurations } = await notificationsOf(account.clients, 'given');
    expect(LambdaFunctionConfigurations).toHaveLength(1);
  });

  it('changes nothing when it is applied again', async () => {
    account.aws.reset();
    const again = await run('apply', 'given.yaml');
    expect([again.code, again.stdout, account.aws.mutations()]).toEqual([0, 'given: 6 unchanged.\n', []]);
  });

  it('is refused before anything is done where AWS would not take its variables', async () => {
    account.aws.reset();
    write(cwd, { 'given.yaml': file('MODE: fast, AWS_REGION: here') });
    const planned = await run('apply', 'given.yaml');
    expect(planned.stderr).toMatch(/given\.yaml:9:\d+: .*"AWS_REGION" is refused by AWS.*\[variable-name\]/);
    expect([planned.code === 0, account.aws.mutations()]).toEqual([false, []]);
    write(cwd, { 'given.yaml': file('MODE: fast') });
  });

  it('is all that is left when the workflow is removed', async () => {
    const removed = await run('rm', 'given.yaml', '--yes');
    expect([removed.code, removed.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const left = (await contentOf(account.clients)).filter((name) => !/AWSServiceRole/.test(name));
    expect(left).toEqual([expect.stringMatching(/:repository\/own\/tool$/)]);
    const images = new ListImagesCommand({ repositoryName: 'own/tool' });
    expect((await account.clients.ecr.send(images)).imageIds).toMatchObject([{ imageTag: '1' }]);
  });
});
