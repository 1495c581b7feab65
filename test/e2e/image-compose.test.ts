/** Images composed from those of a hub into an account's registry, and started by podman. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openComposer } from '../../src/image/compose.ts';
import { openRegistryClient } from '../../src/image/registry/client.ts';
import { identifyImage, type StepImage } from '../../src/image/step-image.ts';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { setAside } from '../../src/supervisor/environment.ts';
import { objectTask } from '../../src/supervisor/task.ts';
import { isTried } from '../sample.ts';
import { startLambdaHost } from '../standins/lambda-host.ts';
import { needs } from '../standins/need.ts';
import type { Finished } from '../standins/podman.ts';
import { containerLaunch } from '../standins/sandbox.ts';
import { addBusybox, addPrograms, fillSystem, type ImageLab, openImageLab } from './image-lab.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/supervisor.mjs', import.meta.url));
const UTILITIES = ['sh', 'cat', 'env', 'id', 'ls', 'tr'];
const SCRIPT = `#!/bin/sh
set -e
echo "user $(id -u) in $(pwd) with $NODE_OPTIONS and $LD_PRELOAD"
tr a-z A-Z < "$INPUT_FILE_PATH" > "$TMP_OUTPUT_DIR/upper.txt"
`;
const CONFIG: StepConfig = {
  workflow: 'w',
  step: 'upper',
  inputs: [{ store: 's3.default', bucket: 'incoming', prefix: 'folder' }],
  outputs: [{ store: 's3.default', bucket: 'outgoing', prefix: 'results', prefixes: [], suffixes: [] }],
  environment: {},
  stores: [],
};
const EVENT = objectTask({
  store: 's3.default',
  kind: 's3',
  bucket: 'incoming',
  key: 'folder/a b.txt',
  size: 5,
  etag: 'x',
  time: '2026-01-01T00:00:00Z',
}).event;

describe.skipIf(!isTried(0) || !needs('podman', 'registry', 'busybox'))('a composed image', () => {
  /** Read once: the program is built anew while other tests run. */
  let supervisor: Buffer;
  let lab: ImageLab;
  let client: ReturnType<typeof openRegistryClient>;
  let composer: ReturnType<typeof openComposer>;

  beforeAll(async () => {
    supervisor = readFileSync(PROGRAM);
    lab = await openImageLab();
    const node = fillSystem(path.join(lab.folder, 'node'));
    addPrograms(node, ['node']);
    await lab.publish(node, 'library/node:22-bookworm-slim');
    const busybox = fillSystem(path.join(lab.folder, 'busybox'));
    addBusybox(busybox, UTILITIES);
    await lab.publish(busybox, 'me/busybox:1');
    const { mirrors, credentials, folder } = lab;
    client = openRegistryClient({ mirrors, credentials });
    composer = openComposer({ client, tmpRoot: folder, renamed: setAside });
  });

  afterAll(async () => {
    await client?.close();
    await lab?.close();
  });

  const image = (changes: Partial<StepImage> = {}): StepImage => ({
    step: 'upper',
    base: 'me/busybox:1',
    runtime: 'node:22-bookworm-slim',
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    target: { registry: '123456789012.dkr.ecr.eu-west-1.amazonaws.com', repository: 'fdl/w' },
    supervisor,
    script: Buffer.from(SCRIPT),
    configuration: { ...CONFIG },
    ...changes,
  });

  /** Composes an image; answers its name for podman. */
  async function composed(changes: Partial<StepImage> = {}): Promise<string> {
    const digest = await composer.compose(await identifyImage(client, image(changes)));
    return lab.pull(`fdl/w@${digest}`);
  }

  let count = 0;
  /** Gives one event to an image as a host with a read-only file system does. */
  async function run(
    name: string,
    options: readonly string[] = [],
  ): Promise<Finished & { readonly stored: Stored }> {
    count += 1;
    const step = path.join(lab.folder, `step-${count}`);
    const stores = path.join(step, 'stores/s3.default');
    mkdirSync(path.join(stores, 'incoming/folder'), { recursive: true });
    mkdirSync(path.join(stores, 'outgoing'));
    // Whoever the image runs as.
    chmodSync(path.join(stores, 'outgoing'), 0o777);
    writeFileSync(path.join(stores, 'incoming/folder/a b.txt'), 'hello');
    const finished = await lab.podman.run([
      'run',
      '--rm',
      '--network=host',
      '--read-only',
      '--read-only-tmpfs=false',
      '--tmpfs=/tmp:rw,exec,mode=1777',
      `--volume=${step}:/step`,
      '--env=FDL_STORES=/step/stores',
      `--env=FDL_EVENT=${EVENT}`,
      ...options,
      name,
    ]);
    const results = path.join(stores, 'outgoing/results');
    const stored = Object.fromEntries(
      (existsSync(results) ? readdirSync(results) : []).map((file) => [
        file,
        readFileSync(path.join(results, file), 'utf8'),
      ]),
    );
    return { ...finished, stored };
  }
  type Stored = Readonly<Record<string, string>>;

  it('handles an event where there is nothing but busybox', async () => {
    const { code, stderr, stored } = await run(await composed(), ['--user=12345:12345']);
    expect(stderr).toContain('user 12345 in /');
    expect([code, stored]).toEqual([0, { 'upper.txt': 'HELLO' }]);
  });

  it.each([
    ['oci-archive', 'image.oci.tar'],
    ['docker-archive', 'image.tar.gz'],
  ])('is made of an image in a file: %s in %s', async (format, file) => {
    const name = `${lab.hub.host}/me/busybox:1`;
    await lab.podman.run(['pull', '--quiet', '--tls-verify=false', name]);
    const archive = path.join(lab.folder, file);
    const plain = archive.replace(/\.gz$/, '');
    const save = ['save', '--quiet', `--format=${format}`, `--output=${plain}`, name];
    expect(await lab.podman.run(save)).toMatchObject({ code: 0, stderr: '' });
    if (plain !== archive) writeFileSync(archive, gzipSync(readFileSync(plain)));
    const { code, stored } = await run(await composed({ base: 'localhost/image', archive }));
    expect([code, stored]).toEqual([0, { 'upper.txt': 'HELLO' }]);
  });

  it('handles an event beside other libraries, whose programs it starts', async () => {
    const root = fillSystem(path.join(lab.folder, 'glibc'));
    addPrograms(root, ['bash', 'tr', 'id', 'cat', 'ls']);
    symlinkSync('bash', path.join(root, 'usr/bin/sh'));
    await lab.publish(root, 'me/glibc:1', ['USER nobody'], 'oci');
    const script = Buffer.from(
      SCRIPT.replace('/bin/sh', '/bin/bash').replace('set -e', 'set -eo pipefail; a=(1 2)'),
    );
    const { code, stderr, stored } = await run(await composed({ base: 'me/glibc:1', script }));
    expect(stderr).toContain('user 65534 in /');
    expect([code, stored]).toEqual([0, { 'upper.txt': 'HELLO' }]);
  });

  describe('of an image that is made to break it', () => {
    const TROUBLE = [
      'ENTRYPOINT ["ffmpeg", "-hide_banner"]',
      'CMD ["-version"]',
      'USER nobody',
      'ENV NODE_OPTIONS=--no-such-option',
      'ENV LD_PRELOAD=/no/such.so',
      'ENV LD_LIBRARY_PATH=/tmp',
      'ENV FDL_CONFIG=/no/such/config.json',
      'WORKDIR /no/such/folder',
    ];

    beforeAll(async () => {
      await lab.publish(path.join(lab.folder, 'busybox'), 'me/trouble:1', TROUBLE);
    });

    it('handles an event, with the variables back in the script', async () => {
      const script = Buffer.from(SCRIPT.replace('set -e', 'unset LD_LIBRARY_PATH'));
      const { code, stderr, stored } = await run(await composed({ base: 'me/trouble:1', script }));
      expect(stderr).toContain('user 65534 in / with --no-such-option and /no/such.so');
      expect([code, stored]).toEqual([0, { 'upper.txt': 'HELLO' }]);
    });

    it('answers on a host like AWS Lambda', async () => {
      const script = Buffer.from('tr a-z A-Z < "$INPUT_FILE_PATH"');
      const name = await composed({ base: 'me/trouble:1', script, step: 'shout' });
      const host = await startLambdaHost({
        launch: containerLaunch({ podman: lab.podman, image: name, command: [] }),
      });
      try {
        const invoked = await host.invoke({ question: 'why' }, { deadlineMs: 60_000 });
        expect(JSON.stringify(invoked)).toContain(Buffer.from('{"QUESTION":"WHY"}').toString('base64'));
      } finally {
        await host.close();
      }
    });

    it('starts in the folder of the image where that may be entered, and not where it is closed', async () => {
      const script = Buffer.from('pwd > "$TMP_OUTPUT_DIR/place"');
      const folders = { '/usr/bin': '/usr/bin\n', '/root': '/\n' };
      for (const [folder, place] of Object.entries(folders)) {
        const base = `me/place:${path.basename(folder)}`;
        await lab.publish(path.join(lab.folder, 'busybox'), base, [`WORKDIR ${folder}`, 'USER nobody']);
        const { code, stored } = await run(await composed({ base, script }), ['--cap-drop=all']);
        expect([code, stored]).toEqual([0, { place }]);
      }
    });

    it('runs the command of the image where the step has no script', async () => {
      const command = [
        'ENTRYPOINT ["sh", "-c"]',
        'CMD ["cat $INPUT_FILE_PATH $INPUT_FILE_PATH > $TMP_OUTPUT_DIR/twice"]',
      ];
      // The name of the input has a space, and this command quotes nothing.
      const quoted = command.map((line) => line.replaceAll('$INPUT_FILE_PATH', '\\"$INPUT_FILE_PATH\\"'));
      await lab.publish(path.join(lab.folder, 'busybox'), 'me/command:1', quoted);
      const { code, stored } = await run(await composed({ base: 'me/command:1', script: undefined }));
      expect([code, stored]).toEqual([0, { twice: 'hellohello' }]);
    });
  });

  it('handles an event where links lie in the places of our files', async () => {
    const root = fillSystem(path.join(lab.folder, 'links'));
    addBusybox(root, UTILITIES);
    mkdirSync(path.join(root, '.fdl'));
    symlinkSync('../etc', path.join(root, '.fdl/lib'));
    for (const name of ['supervisor.mjs', 'config.json', 'script']) {
      symlinkSync('/etc/passwd', path.join(root, '.fdl', name));
    }
    await lab.publish(root, 'me/links:1');
    const { code, stored } = await run(await composed({ base: 'me/links:1' }), ['--user=12345:12345']);
    expect([code, stored]).toEqual([0, { 'upper.txt': 'HELLO' }]);
  });
});
