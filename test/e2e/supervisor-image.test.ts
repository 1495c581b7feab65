/** The supervisor in an image that has nothing but a shell, with files in folders and in S3. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { s3Storage } from '../../src/storage/s3/index.ts';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { objectTask, type TaskResult } from '../../src/supervisor/task.ts';
import { isTried } from '../sample.ts';
import { MOTO_KEYS, startMoto } from '../standins/moto.ts';
import { needs } from '../standins/need.ts';
import { type Finished, openPodman, type Podman } from '../standins/podman.ts';
import { fillRootfs, SUPERVISOR_COMMAND } from '../standins/rootfs.ts';
import type { Server } from '../standins/server.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));
const IMAGE = `localhost/fdl-test-supervisor:${process.pid}`;
const SCRIPT = `#!/bin/sh
set -e
echo "working on $STORAGE_OBJECT_KEY as $(id -u)"
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/upper.txt"
mkdir "$TMP_OUTPUT_DIR/sub"
cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/sub/copy.bin"
exit \${EXIT_CODE:-0}
`;

describe.skipIf(!isTried(2) || !needs('podman', 'busybox'))('the supervisor in an image', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-image-'));
  let podman: Podman;

  beforeAll(() => {
    podman = openPodman();
    fillRootfs(path.join(folder, 'root'), PROGRAM);
    podman.importFolder(path.join(folder, 'root'), IMAGE);
  });

  afterAll(async () => {
    await podman?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the image with the step's folder mounted as `/step`, the root file system read-only. */
  async function run(step: StepFolder, event: string, options: readonly string[] = []): Promise<Finished> {
    const mounts = ['--volume', `${step.path}:/step`, '--read-only', '--tmpfs', '/tmp:rw,mode=1777'];
    const variables = ['--env', 'FDL_CONFIG=/step/config.json', '--env', `FDL_EVENT=${event}`];
    return podman.run([
      'run',
      '--rm',
      '--network=host',
      ...mounts,
      ...variables,
      ...options,
      IMAGE,
      ...SUPERVISOR_COMMAND,
    ]);
  }

  interface StepFolder {
    readonly path: string;
  }

  function stepFolder(name: string, changes: Partial<StepConfig> = {}): StepFolder {
    const at = path.join(folder, name);
    mkdirSync(at);
    writeFileSync(path.join(at, 'script.sh'), SCRIPT);
    writeFileSync(path.join(at, 'config.json'), JSON.stringify({ ...CONFIG, ...changes }));
    return { path: at };
  }

  function localStores(step: StepFolder): string {
    const stores = path.join(step.path, 'stores/s3.default');
    mkdirSync(path.join(stores, 'incoming/folder'), { recursive: true });
    mkdirSync(path.join(stores, 'outgoing'));
    writeFileSync(path.join(stores, 'incoming/folder/a b.txt'), 'hello');
    return stores;
  }

  const LOCAL = ['--env', 'FDL_STORES=/step/stores'];

  it('works on a file of a folder and stores what matches', async () => {
    const step = stepFolder('local');
    const stores = localStores(step);
    const { code, stdout, stderr } = await run(step, eventFor('folder/a b.txt'), LOCAL);
    expect(stderr).toContain('working on folder/a b.txt as 0');
    expect(code).toBe(0);
    expect(readFileSync(path.join(stores, 'outgoing/results/upper.txt'), 'utf8')).toBe('HELLO');
    expect(readdirSync(path.join(stores, 'outgoing/results'))).toEqual(['upper.txt']);
    expect(resultsOf(stdout)).toMatchObject([
      { status: 'succeeded', exitCode: 0, outputs: [{ uri: 's3://outgoing/results/upper.txt', size: 5 }] },
    ]);
  });

  it('works as any user, under variables that would break Node', async () => {
    const step = stepFolder('user');
    localStores(step);
    const options = [...LOCAL, '--user', '12345:12345', '--env', 'FDL_ASIDE_NODE_OPTIONS=--no-such-option'];
    const script = 'env; id -u';
    writeFileSync(path.join(step.path, 'script.sh'), script);
    const { code, stderr } = await run(step, eventFor('folder/a b.txt'), options);
    expect(stderr).toContain('NODE_OPTIONS=--no-such-option\n');
    expect(stderr).toMatch(/^12345$/m);
    expect(stderr).toMatch(/^HOME=\//m);
    expect(code).toBe(0);
  });

  it('stores nothing and exits with 1 when the script fails', async () => {
    const step = stepFolder('failing', { environment: { EXIT_CODE: '7' } });
    const stores = localStores(step);
    const { code, stdout } = await run(step, eventFor('folder/a b.txt'), LOCAL);
    expect(code).toBe(1);
    expect(readdirSync(path.join(stores, 'outgoing'))).toEqual([]);
    expect(resultsOf(stdout)).toMatchObject([{ status: 'failed', exitCode: 7, outputs: [] }]);
  });

  it('answers a direct call with what the script writes', async () => {
    const step = stepFolder('direct');
    writeFileSync(path.join(step.path, 'script.sh'), 'echo to the log >&2; tr a-z A-Z < "$INPUT_FILE_PATH"');
    const { code, stdout, stderr } = await run(step, '{"question":"why"}');
    expect([code, stdout]).toEqual([0, '{"QUESTION":"WHY"}']);
    expect(stderr).toContain('to the log');
  });

  it('ends the script when the container is stopped', async () => {
    const step = stepFolder('stopped');
    writeFileSync(
      path.join(step.path, 'script.sh'),
      'trap "echo got it; exit 3" TERM; echo ready; sleep 60 & wait',
    );
    const name = `fdl-test-${process.pid}`;
    const running = run(step, 'x', ['--name', name]);
    await until(async () => (await podman.run(['logs', name])).stderr.includes('ready'));
    await podman.run(['stop', '--time', '20', name]);
    const { code, stderr } = await running;
    expect(stderr).toContain('got it');
    expect(stderr).toContain('"status":"cancelled"');
    expect(code).toBe(1);
  });

  describe.skipIf(!needs('moto'))('with S3', () => {
    let moto: Server;

    beforeAll(async () => {
      moto = await startMoto();
      for (const bucket of ['incoming', 'outgoing']) await put(`/${bucket}`, '');
      await put('/incoming/folder/a%20b.txt', 'hello');
    });

    afterAll(async () => {
      await moto?.stop();
    });

    async function put(at: string, body: string): Promise<void> {
      const response = await fetch(moto.url + at, { method: 'PUT', body });
      if (!response.ok) throw new Error(`${at}: ${response.status}`);
    }

    const stored = async (key: string) => {
      const storage = s3Storage({ endpoint: moto.url, credentials: MOTO_KEYS });
      return (await storage.stat('outgoing', key)) && text(await storage.read('outgoing', key));
    };
    const keys = ['--env', 'AWS_ACCESS_KEY_ID=test', '--env', 'AWS_SECRET_ACCESS_KEY=test-secret-key'];
    const onMoto = () => [...keys, '--env', `AWS_ENDPOINT_URL=${moto.url}`];

    it('fetches the object, runs the script, stores the output', async () => {
      const { code, stderr } = await run(stepFolder('s3'), eventFor('folder/a b.txt'), onMoto());
      expect(stderr).toContain('working on folder/a b.txt');
      expect(code).toBe(0);
      expect(await stored('results/upper.txt')).toBe('HELLO');
      expect(stderr).not.toContain('test-secret-key');
      expect(stderr).not.toContain('Warning');
    });

    it('stores nothing when the script fails', async () => {
      const step = stepFolder('s3-failing', { environment: { EXIT_CODE: '7' }, outputs: [output('failed')] });
      const { code } = await run(step, eventFor('folder/a b.txt'), onMoto());
      expect(code).toBe(1);
      expect(await stored('failed/upper.txt')).toBeUndefined();
    });

    it('reads a MinIO with the keys that a file holds', async () => {
      const store = { id: 'minio.lab', kind: 'minio', endpoint: moto.url, verifyTls: true } as const;
      const step = stepFolder('minio', {
        stores: [{ ...store, credentials: { from: 'file', path: '/step/keys.json' } }],
        outputs: [{ ...output('minio'), store: 'minio.lab' }],
      });
      const keysFile = { access_key: 'lab-access-key', secret_key: 'lab-secret-key' };
      writeFileSync(path.join(step.path, 'keys.json'), JSON.stringify(keysFile));
      writeFileSync(
        path.join(step.path, 'script.sh'),
        `${SCRIPT.replace(/^exit.*$/m, '')}\ncat /step/keys.json`,
      );
      const event = JSON.stringify({
        storage_provider: 'minio.lab',
        event: JSON.parse(eventFor('folder/a b.txt')),
      });
      const { code, stdout, stderr } = await run(step, event);
      expect(resultsOf(stdout)).toMatchObject([
        { outputs: [{ uri: 'minio.lab://outgoing/minio/upper.txt' }] },
      ]);
      expect(await stored('minio/upper.txt')).toBe('HELLO');
      expect(stderr).toContain('{"access_key":"(secret)","secret_key":"(secret)"}');
      expect(code).toBe(0);
    });
  });
});

const CONFIG: StepConfig = {
  workflow: 'w',
  step: 'upper',
  script: 'script.sh',
  inputs: [{ store: 's3.default', bucket: 'incoming', prefix: 'folder' }],
  outputs: [output('results')],
  environment: {},
  stores: [],
};

function output(prefix: string) {
  return { store: 's3.default', bucket: 'outgoing', prefix, prefixes: [], suffixes: ['.txt'] };
}

function eventFor(key: string): string {
  const time = '2026-01-01T00:00:00Z';
  return objectTask({ store: 's3.default', kind: 's3', bucket: 'incoming', key, size: 5, etag: 'x', time })
    .event;
}

function resultsOf(stdout: string): readonly TaskResult[] {
  return JSON.parse(stdout).results;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}
