/** What a file can say of functions on AWS, deployed: a second apply changes nothing, and a change only what it says. */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../standins/need.ts';
import { type AccountLab, addSmallNode, NODE_IMAGE, openAccount } from './aws-account.ts';
import { fdl, fdlJson } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { write } from './project.ts';

interface Plan {
  readonly actions: readonly {
    readonly action: string;
    readonly id: string;
    readonly changes: readonly { readonly path: string; readonly before: unknown; readonly after: unknown }[];
  }[];
  readonly notes: readonly string[];
}

const file = (memory: number) => `
name: lab
functions:
  aws:
    - lambda:
        name: all
        description: everything at once
        memory: ${memory}
        timeout: 60
        ephemeral_storage: 1024
        reserved_concurrency: 2
        log_level: debug
        over_http: allow
        function_url: true
        auth: none
        tags: {project: microscopy}
        container:
          image: me/busybox:1
          environment: {Variables: {LEVEL: "3"}, Secrets: {API_KEY: "\${env:API_KEY}"}}
        environment: {Variables: {MODE: fast}}
        init_script: step.sh
        input: [{storage_provider: s3, path: lab/in, suffix: [.a b, .c+d]}, {storage_provider: s3, path: lab/more}]
        output:
          - {storage_provider: s3, path: lab/out}
          - {storage_provider: minio.far, path: results/out}
      api_gateway: {name: lab-api, http_method: POST, path_part: run}
      cloudwatch: {log_retention_policy_in_days: 7}
    - lambda:
        name: next
        container: {image: "me/busybox:1"}
        init_script: step.sh
        input: [{storage_provider: s3, path: lab/out}]
        output: [{storage_provider: s3, path: lab-next}]
storage_providers:
  minio:
    far: {endpoint: "https://minio.example.org", access_key: "\${env:FAR_KEY}", secret_key: hidden-in-file}
`;

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('settings of functions on AWS', () => {
  let account: AccountLab;
  let env: Readonly<Record<string, string>>;
  let cwd: string;

  beforeAll(async () => {
    account = await openAccount({ images: { 'me/busybox:1': (root) => addBusybox(root, ['sh', 'cp']) } });
    // Systems Manager takes no `{{…}}` as it stands.
    env = { ...account.env, API_KEY: 'first-secret {{nested}}', FAR_KEY: 'key-of-far' };
    cwd = path.join(account.folder, 'flow');
    write(cwd, { 'lab.yaml': file(512), 'step.sh': '#!/bin/sh\ntrue\n' });
  });

  afterAll(() => account?.close());

  const plan = async (more: Readonly<Record<string, string>> = {}, ...flags: readonly string[]) => {
    const { json, stdout, stderr } = await fdlJson<Plan>(['plan', 'lab.yaml', ...flags], {
      cwd,
      env: { ...env, ...more },
    });
    const changed = json.actions.filter(({ action }) => action !== 'keep');
    return { changed, notes: json.notes, text: stdout + stderr };
  };

  it('all of it is made, and planned again, nothing is to be done', async () => {
    const { notes, text } = await plan();
    expect(notes).toEqual(['everybody may call the function URL of "all" (auth: none)']);
    for (const secret of ['first-secret', 'key-of-far', 'hidden-in-file']) expect(text).not.toContain(secret);
    const applied = await fdl(['apply', 'lab.yaml', '--json'], { cwd, env });
    expect(applied.stderr).not.toContain('✗');
    expect(applied.code).toBe(0);
    expect((await plan()).changed).toEqual([]);
  });

  it('a change of the function changes no image', async () => {
    write(cwd, { 'lab.yaml': file(1024) });
    const { changed } = await plan();
    expect(changed).toEqual([
      expect.objectContaining({
        action: 'update',
        id: 'aws/us-east-1/function/all',
        changes: [{ path: 'memory', before: 512, after: 1024 }],
      }),
    ]);
    write(cwd, { 'lab.yaml': file(512) });
  });

  it('another value of a secret changes the parameter alone, and is not shown', async () => {
    const { changed, text } = await plan({ API_KEY: 'second-secret' });
    expect(changed.map(({ id }) => id)).toEqual(['aws/us-east-1/parameter//fdl/lab/all']);
    expect(text).not.toContain('second-secret');
    expect(text).not.toContain('first-secret');
  });

  it('another script makes another image, and says of what', async () => {
    write(cwd, { 'step.sh': '#!/bin/sh\nfalse\n' });
    const { changed } = await plan();
    const image = changed.find(({ id }) => id === 'aws/us-east-1/image/all');
    expect(image).toMatchObject({ action: 'update', changes: [{ path: 'tag' }] });
    expect(changed.map(({ id }) => id)).toContain('aws/us-east-1/function/all');
    write(cwd, { 'step.sh': '#!/bin/sh\ntrue\n' });
  });

  it('a runtime that moved changes nothing before it is asked for', async () => {
    await account.publish(NODE_IMAGE, (root) => {
      addSmallNode(root);
      write(root, { 'etc/release': 'the second' });
    });
    expect((await plan()).changed).toEqual([]);
    const { changed } = await plan({}, '--update-runtime');
    expect(changed.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['aws/us-east-1/image/all', 'aws/us-east-1/function/next']),
    );
    const applied = await fdl(['apply', 'lab.yaml', '--update-runtime'], { cwd, env });
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    // Without the flag, what is deployed now is what stays.
    expect((await plan()).changed).toEqual([]);
  });

  it('removal leaves nothing', async () => {
    const removed = await fdl(['rm', 'lab.yaml', '--yes', '--delete-data'], { cwd, env });
    expect([removed.code, removed.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    expect((await fdl(['rm', 'lab.yaml'], { cwd, env })).stdout).toBe('lab: nothing to do.\n');
  });
});
