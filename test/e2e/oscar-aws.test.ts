/** One workflow across an OSCAR cluster and AWS: the mask-detection example, with programs that are small. */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Aws } from '../standins/aws/index.ts';
import { needs } from '../standins/need.ts';
import { get } from '../standins/oscar/lab.ts';
import { type AccountLab, openAccount } from './aws-account.ts';
import { fdl, fdlJson, ROOT } from './fdl.ts';
import { addBusybox } from './image-lab.ts';
import { type Lab, openLab } from './oscar-lab.ts';
import { filesBelow, project, write } from './project.ts';

/** As the example's own: pictures come out of a video, none of which shows a face. */
const ANONYMISE = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH" .mp4)
for number in 0001 0002; do
  sed "s/face/blur/; s/$/ $SECONDS_PER_FRAME $number/" "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$name-$number.jpg"
done
`;

const MASKS = `#!/bin/sh
name=$(basename "$INPUT_FILE_PATH")
{ echo "1 mask:"; cat "$INPUT_FILE_PATH"; } > "$TMP_OUTPUT_DIR/$name"
`;

const COUNT = `#!/bin/sh
wc -l < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"
`;

/** A function that writes to a cluster. */
const BACK = `name: back
functions:
  aws:
    - lambda:
        name: there
        container: {image: grycap/mask-detector-yolo:mini}
        init_script: masks.sh
        input: [{storage_provider: s3, path: back-3b1d/in}]
        output: [{storage_provider: minio.lab, path: back/mid}]
  oscar:
    - lab:
        name: here
        image: busybox
        script: count.sh
        input: [{storage_provider: minio, path: back/mid}]
        output: [{storage_provider: minio, path: back/out}]
`;

const FILE = 'workflow.yaml';

/** The example in a folder of its own. */
function example(): string {
  const cwd = project({});
  cpSync(path.join(ROOT, 'examples/mask-detection'), cwd, { recursive: true });
  write(cwd, { 'anonymise.sh': ANONYMISE, 'masks.sh': MASKS, 'street.mp4': 'a face\n' });
  return cwd;
}

interface Ran {
  readonly status: string;
  readonly invocations: readonly {
    readonly step: string;
    readonly status: string;
    readonly input?: { readonly uri: string };
    readonly outputs: readonly { readonly uri: string }[];
  }[];
}

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('a workflow across two clouds', () => {
  let account: AccountLab;
  let aws: Aws;
  let lab: Lab;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const images = {
      'grycap/mask-detector-yolo:mini': (root: string) => addBusybox(root, ['sh', 'cat', 'basename']),
    };
    account = await openAccount({ run: true, retries: 0, images });
    aws = account.aws;
    lab = await openLab({ settings: { s3Endpoint: aws.url } });
    env = { ...account.env, ...lab.env };
  });

  afterAll(async () => {
    await lab?.close();
    await account?.close();
  });

  const call = (cwd: string, ...args: readonly string[]) => fdl(args, { cwd, env });
  const json = <T>(cwd: string, ...args: readonly string[]) => fdlJson<T>(args, { cwd, env });

  it('is deployed by one apply, and a second one changes nothing', async () => {
    const cwd = example();
    const applied = await call(cwd, 'apply', FILE);
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    expect([...lab.oscar.cluster.services.keys()]).toEqual(['anonymise']);
    aws.reset();
    lab.oscar.forget();
    const { json: again } = await json<{ summary: object }>(cwd, 'apply', FILE);
    expect(again.summary).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(aws.mutations()).toEqual([]);
    expect(lab.oscar.calls.filter(({ method }) => method !== 'GET')).toEqual([]);
    const { json: listed } = await json(cwd, 'ls', FILE);
    expect(listed).toMatchObject({
      workflows: [
        {
          steps: [
            { step: 'anonymise', provider: 'oscar', state: 'ready' },
            { step: 'masks', provider: 'aws', state: 'ready' },
          ],
        },
      ],
    });
  });

  it('takes a file at the entry to the end', async () => {
    const cwd = example();
    const { code, json: ran, stderr } = await json<Ran>(cwd, 'run', FILE, 'street.mp4', '-o', 'out');
    expect([code, stderr]).toEqual([0, '']);
    const brief = ran.invocations.map(({ step, status, input }) => `${step} ${status} ${input?.uri}`);
    expect(brief.sort()).toEqual([
      'anonymise succeeded minio.lab://mask-detection/in/street.mp4',
      'masks succeeded s3://mask-detection-6e3a/frames/street-0001.jpg',
      'masks succeeded s3://mask-detection-6e3a/frames/street-0002.jpg',
    ]);
    expect(filesBelow(path.join(cwd, 'out'))).toEqual([
      'anonymise/street-0001.jpg',
      'anonymise/street-0002.jpg',
      'masks/street-0001.jpg',
      'masks/street-0002.jpg',
    ]);
    expect(readFileSync(path.join(cwd, 'out/masks/street-0002.jpg'), 'utf8')).toBe(
      '1 mask:\na blur 5 0002\n',
    );
  });

  it('traces a picture back to its video', async () => {
    const cwd = example();
    const { stdout } = await call(cwd, 'trace', FILE, 'masks/street-0002.jpg');
    const measured = /, [\d.]+ (m?s of processors|\w+ of memory)/g;
    expect(
      stdout
        .replace(measured, '')
        .replace(/\d+(\.\d)? m?s/g, 'TIME')
        .replace(/ [\w-]{9,}$/gm, ' ID'),
    ).toMatchInlineSnapshot(`
      "minio.lab://mask-detection/in/street.mp4 7 B
      └─ ✓ anonymise succeeded, TIME ID
         ├─ s3.my_s3://mask-detection-6e3a/frames/street-0002.jpg 14 B
         │  └─ ✓ masks succeeded, TIME, waited TIME ID
         │     └─ s3://mask-detection-6e3a/masks/street-0002.jpg 22 B ◀
         └─ … and 3 other objects
      "
    `);
  });

  it('has one status and one log', async () => {
    const cwd = example();
    const { json: status } = await json<Ran>(cwd, 'status', FILE);
    expect(status.invocations.map(({ step }) => step).sort()).toEqual(['anonymise', 'masks', 'masks']);
    const first = status.invocations.find(({ step }) => step === 'anonymise');
    expect(first?.outputs.map(({ uri }) => uri).sort()).toEqual([
      'minio.lab://mask-detection/frames/street-0001.jpg',
      'minio.lab://mask-detection/frames/street-0002.jpg',
      's3.my_s3://mask-detection-6e3a/frames/street-0001.jpg',
      's3.my_s3://mask-detection-6e3a/frames/street-0002.jpg',
    ]);
    const { stdout } = await call(cwd, 'logs', FILE);
    expect(stdout).toMatch(/anonymise .*Uploading file/);
    expect(stdout).toMatch(/masks /);
  });

  it('shows no key, and sends none that the service does not need', async () => {
    const cwd = example();
    const { stdout, stderr } = await call(cwd, 'plan', FILE, '--json');
    expect(stdout + stderr).not.toContain('minio-secret-key');
    const service = lab.oscar.cluster.services.get('anonymise');
    expect(Object.keys(service?.['storage_providers']?.['s3'] ?? {})).toEqual(['my_s3']);
  });

  it('goes on both clouds, without its data', async () => {
    const cwd = example();
    const removed = await call(cwd, 'rm', FILE, '--yes');
    expect([removed.code, removed.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    expect([...lab.oscar.cluster.services.keys()]).toEqual([]);
    expect(await get(lab.oscar.minio, 'mask-detection', 'frames/street-0001.jpg')).toContain('blur');
    const { json: listed } = await json(cwd, 'ls');
    expect(listed).toMatchObject({ workflows: [] });
  });

  it('goes from AWS to the MinIO of a cluster, whose keys nobody wrote down', async () => {
    const cwd = project({ [FILE]: BACK, 'masks.sh': MASKS, 'count.sh': COUNT, 'a.txt': 'hello\n' });
    const applied = await call(cwd, 'apply', FILE);
    expect([applied.code, applied.stderr]).toEqual([0, expect.not.stringContaining('✗')]);
    const { code, json: ran, stderr } = await json<Ran>(cwd, 'run', FILE, 'a.txt', '-o', 'out');
    expect([code, stderr]).toEqual([0, '']);
    expect(ran.invocations.map(({ step, input }) => `${step} ${input?.uri}`)).toEqual([
      'there s3://back-3b1d/in/a.txt',
      'here minio.lab://back/mid/a.txt',
    ]);
    expect(readFileSync(path.join(cwd, 'out/here/a.txt'), 'utf8').trim()).toBe('2');
    expect((await call(cwd, 'rm', FILE, '--yes')).code).toBe(0);
  });

  it('is done on AWS where the cluster is down, and says what is missing', async () => {
    const cwd = example();
    const down = { ...env, FDL_CLUSTER_LAB_ENDPOINT: 'http://127.0.0.1:1' };
    const {
      code,
      json: applied,
      stderr,
    } = await fdlJson<{
      outcomes: readonly { readonly id: string; readonly status: string }[];
    }>(['apply', FILE, '--yes'], { cwd, env: down });
    expect([code, stderr]).toEqual([1, expect.stringContaining('cluster lab')]);
    const failed = applied.outcomes.filter(({ status }) => status === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.filter(({ id }) => !id.startsWith('oscar/lab/'))).toEqual([]);
    const { json: listed } = await fdlJson(['ls', FILE], { cwd, env: down });
    expect(listed).toMatchObject({
      workflows: [
        {
          steps: [
            { step: 'anonymise', state: expect.stringContaining('cannot be reached') },
            { step: 'masks', state: 'ready' },
          ],
        },
      ],
    });
    expect((await call(cwd, 'apply', FILE)).code).toBe(0);
    expect((await call(cwd, 'rm', FILE, '--yes')).code).toBe(0);
  });
});
