/** `fdl run … --engine podman`: scripts in real containers, their images from a real registry. */
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { inTurn } from '../sample.ts';
import { needs, required } from '../standins/need.ts';
import { type Finished, fdl, fdlJson, type Running, start } from './fdl.ts';
import { type Images, openImages } from './images.ts';
import {
  endedOf,
  filesBelow,
  project,
  type StepText,
  shop,
  stored,
  UPPER,
  workflowText,
  write,
} from './project.ts';
import { until } from './until.ts';

const it = inTurn();

const FILE = ['workflow.yaml', '--local'] as const;
const PODMAN = [...FILE, '--engine', 'podman'] as const;

/** Shows where it runs. */
const WHERE: StepText = { ...UPPER, script: `cat /only-in-image; id -u; ${UPPER.script}` };

describe.skipIf(!needs('podman', 'registry', 'busybox'))('scripts in containers', () => {
  let images: Images;

  beforeAll(async () => {
    images = await openImages();
    await images.publish('library/plain:1');
    await images.publishBare('lab/shell-less:1');
    await images.publish('lab/user:1', ['USER 12345', 'ENTRYPOINT ["/bin/false"]', 'WORKDIR /nowhere']);
  });

  afterAll(() => images.close());

  const env = () => ({ ...images.podman.env, FDL_REGISTRY_MIRRORS: `docker.io=${images.url}` });
  const run = (cwd: string, ...more: readonly string[]): Promise<Finished> =>
    fdl(['run', ...PODMAN, ...more], { cwd, env: env() });
  const begin = (cwd: string, ...more: readonly string[]): Running =>
    start(['run', ...PODMAN, ...more], { cwd, env: env() });
  const logs = async (cwd: string) => (await fdl(['logs', ...FILE], { cwd, env: { TOKEN: 'x' } })).stdout;
  const containers = async (cwd: string) => {
    const filter = `label=fdl.home=${path.join(cwd, '.fdl/shop')}`;
    return (await images.podman.run(['ps', '--all', '--quiet', '--filter', filter])).stdout.trim();
  };

  it('pulls an image once, from the mirror, and runs the scripts of its steps in it', async () => {
    const next: StepText = {
      ...WHERE,
      name: 'next',
      input: 'shop/upper',
      outputs: ['shop/out'],
      image: 'plain:1',
    };
    const cwd = shop([{ ...WHERE, image: 'plain:1' }, next], { 'a b.txt': 'abc' });
    const { code, stderr } = await run(cwd, 'in', '-o', 'out');
    expect(code, stderr).toBe(0);
    expect(stderr.match(/pulling plain:1/g)).toHaveLength(1);
    expect(readFileSync(path.join(cwd, 'out/next/a b.txt'), 'utf8')).toBe('ABC');
    expect(await logs(cwd)).toMatch(/upper inside\n.* upper 0\n/);
    const again = await run(cwd, 'in');
    expect(again.stderr).not.toContain('pulling');
    expect(await containers(cwd)).toBe('');
  });

  it.each(['docker-archive', 'oci-archive'])('takes the image of a file (%s)', async (format) => {
    const container = { image_file: 'images/plain.tar' };
    const cwd = shop([{ ...WHERE, more: { container } }], { 'a.txt': 'abc', '../images/other': '' });
    const name = `${new URL(images.url).host}/library/plain:1`;
    await images.podman.run(['pull', '--quiet', '--tls-verify=false', name]);
    const file = path.join(cwd, 'images/plain.tar');
    await images.podman.run(['save', '--quiet', `--format=${format}`, `--output=${file}`, name]);
    const { code, stderr } = await run(cwd, 'in', '-o', 'out');
    expect([code, stderr]).toEqual([0, expect.stringContaining(`loading ${file}`)]);
    expect(readFileSync(path.join(cwd, 'out/upper/a.txt'), 'utf8')).toBe('ABC');
    expect(await logs(cwd)).toMatch(/upper inside\n/);
    rmSync(file);
    const missing = await fdl(['validate', 'workflow.yaml'], { cwd, env: env() });
    expect([missing.code, missing.stdout + missing.stderr]).toEqual([
      2,
      expect.stringContaining('image file'),
    ]);
  });

  it('shows a file system to the steps that mount it, whoever they run as, and keeps it', async () => {
    const mount = (LocalMountPath: string) => ({
      file_system: [
        {
          Arn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0',
          LocalMountPath,
        },
      ],
    });
    const writes: StepText = { ...UPPER, image: 'plain:1', more: mount('/mnt/one') };
    const cwd = shop(
      [
        { ...writes, script: `cat "$INPUT_FILE_PATH" >> /mnt/one/all; ${UPPER.script}` },
        {
          ...{ name: 'next', input: 'shop/upper', outputs: ['shop/out'], image: 'lab/user:1' },
          script: 'echo of next >> /mnt/two/all; cp /mnt/two/all "$TMP_OUTPUT_DIR/all"',
          more: mount('/mnt/two'),
        },
      ],
      { 'a.txt': 'of upper\n' },
    );
    const kept = path.join(cwd, '.fdl/shop/file-systems/fsap-0123456789abcdef0');
    const plan = await fdl(['plan', ...FILE, '--verbose'], { cwd });
    expect(plan.stdout).toContain('file-system');
    for (const times of [1, 2]) {
      const { code, stderr } = await run(cwd, 'in', '-o', `out${times}`);
      expect(code, stderr).toBe(0);
      const all = 'of upper\nof next\n'.repeat(times);
      expect(readFileSync(path.join(cwd, `out${times}/next/all`), 'utf8')).toBe(all);
    }
    const host = await fdl(['run', ...FILE, '--engine', 'host', 'in'], { cwd });
    expect([host.code, host.stderr]).toEqual([
      2,
      expect.stringMatching(
        /workflow\.yaml:\d+:\d+: .*"upper" mounts fsap-\S+ at \/mnt\/one, which only containers can/,
      ),
    ]);
    const rm = await fdl(['rm', ...FILE, '--yes'], { cwd });
    expect([rm.stderr, filesBelow(kept)]).toEqual([expect.stringContaining(kept), ['all']]);
    await fdl(['rm', ...FILE, '--yes', '--delete-data'], { cwd });
    expect(filesBelow(kept)).toEqual([]);
  });

  it('leaves inputs to do when the engine goes away', async () => {
    const cwd = shop([{ ...UPPER, image: 'plain:1' }], { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
    const bin = path.join(cwd, 'bin');
    const gone = path.join(cwd, 'gone');
    // The second container is one too many for this engine.
    const shim = `#!/bin/sh
case "$1" in run) test -e "${cwd}/ran" && touch "${gone}"; touch "${cwd}/ran";; esac
test -e "${gone}" && { echo "Cannot connect to the engine" >&2; exit 125; }
exec ${required('podman')} "$@"`;
    write(bin, { podman: shim });
    chmodSync(path.join(bin, 'podman'), 0o755);
    const there = { ...env(), PATH: `${bin}:${process.env['PATH']}` };
    const args = ['run', ...PODMAN, '--concurrency', '1'];
    const { code, stderr } = await fdl([...args, 'in'], { cwd, env: there });
    expect(stderr).toContain('podman does not answer any more');
    expect(stderr).toContain('2 inputs left to do');
    expect(code).toBe(1);
    expect(endedOf(cwd).map(({ status }) => status)).toEqual(['succeeded']);
    const resumed = await fdl(['run', ...PODMAN, '--resume'], { cwd, env: env() });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('leaves inputs to do when the engine cannot make a container, and says that it was the engine', async () => {
    const cwd = shop([{ ...UPPER, image: 'plain:1' }], { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' });
    const bin = path.join(cwd, 'bin');
    // For the second container podman is asked for a device that is not there.
    const shim = `#!/bin/sh
if [ "$1" = run ] && [ -e "${cwd}/ran" ]; then shift; exec ${required('podman')} run --device /dev/nowhere "$@"; fi
if [ "$1" = run ]; then touch "${cwd}/ran"; fi
exec ${required('podman')} "$@"`;
    write(bin, { podman: shim });
    chmodSync(path.join(bin, 'podman'), 0o755);
    const there = { ...env(), PATH: `${bin}:${process.env['PATH']}` };
    const { code, stderr } = await fdl(['run', ...PODMAN, '--concurrency', '1', 'in'], { cwd, env: there });
    expect(stderr).toMatch(/stopped: podman could not run \S*plain:1: .*\/dev\/nowhere/);
    expect(stderr).toContain('2 inputs left to do');
    expect(stderr).not.toMatch(/upper failed/);
    expect(code).toBe(1);
    expect(endedOf(cwd).map(({ status }) => status)).toEqual(['succeeded']);
    const resumed = await fdl(['run', ...PODMAN, '--resume'], { cwd, env: env() });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(filesBelow(stored(cwd, 'shop/upper'))).toEqual(['a.txt', 'b.txt', 'c.txt']);
  });

  it('tells a script that ends as engines do from an image in which nothing can be started', async () => {
    const script = 'echo "Error: mine" >&2; exit 12${INPUT_FILE_PATH##*/}';
    const cwd = shop([{ ...UPPER, script, image: 'plain:1' }], { 5: 'a', 6: 'a', 7: 'a' });
    const { code, stderr } = await run(cwd, 'in');
    expect(code, stderr).toBe(1);
    const ended = endedOf(cwd).map(({ status, exitCode }) => `${status} ${exitCode}`);
    expect(ended.sort()).toEqual(['failed 125', 'failed 126', 'failed 127']);
    expect(await logs(cwd)).toMatch(/upper Error: mine\n/);
    expect(await logs(cwd)).not.toContain('fdl: started');

    const without = shop([{ ...UPPER, image: 'lab/shell-less:1' }], { 'a.txt': 'a' });
    const bare = await run(without, 'in');
    expect(bare.stderr).toMatch(/stopped: podman could not run \S*shell-less:1: /);
    expect(bare.stderr).toContain('1 input left to do');
    expect([bare.code, endedOf(without)]).toEqual([1, []]);
  });

  it('mounts folders whatever characters their paths have', async () => {
    const cwd = shop([{ ...UPPER, image: 'lab/user:1' }], { 'a b:c,d.txt': 'abc' });
    // Those with a colon go another way.
    for (const name of ['a b,"c"#%20\\', 'a:b,"c"#%20\\']) {
      const home = path.join(cwd, name);
      const { code, stderr } = await fdl(['run', ...PODMAN, 'in', '-o', path.join(home, 'out')], {
        cwd,
        env: { ...env(), FDL_HOME: home },
      });
      expect(code, `${name}: ${stderr}`).toBe(0);
      expect(readFileSync(path.join(home, 'out/upper/a b:c,d.txt'), 'utf8')).toBe('ABC');
    }
  });

  it('gives scripts their variables and secrets, and shows no value on any command line', async () => {
    const script =
      'echo "$TOKEN $PLAIN"; while [ ! -e "$TMP_INPUT_DIR/gate" ]; do sleep 0.05; done; env; echo "$LINES"';
    const variables = { TOKEN: '${env:TOKEN}', PLAIN: 'plain value', LINES: 'two\nlines' };
    const cwd = shop([{ ...UPPER, script, variables, image: 'plain:1' }], { 'a.txt': 'a' });
    const running = start(['run', ...PODMAN, 'in'], { cwd, env: { ...env(), TOKEN: 'tok-77ab31ce' } });
    await until('the script runs', async () => (await logs(cwd)).includes('plain value'));
    const lines = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(commandLine);
    expect(lines.some((line) => line.includes('podman') && line.includes('TOKEN'))).toBe(true);
    for (const line of lines) expect(line).not.toMatch(/tok-77ab31ce|plain value/);
    const [session = ''] = readdirSync(path.join(cwd, '.fdl/shop/tmp'));
    const tmp = path.join(cwd, '.fdl/shop/tmp', session);
    writeFileSync(path.join(tmp, readdirSync(tmp).find((name) => name.endsWith('.in')) ?? '', 'gate'), '');
    expect((await running.ended).code).toBe(0);
    const said = await logs(cwd);
    expect(said).toMatch(/ lines$/m);
    expect(said).toMatch(/INPUT_FILE_PATH=\/.*a\.txt$/m);
    expect(said).not.toContain('REGISTRY_MIRRORS');
    expect(said).not.toContain('tok-77ab31ce');
  });

  it('takes variables that would change the engine, such as PATH, for the script alone', async () => {
    const variables = {
      PATH: '/bin:/mine',
      HOME: '/home of mine',
      LD_LIBRARY_PATH: '/none',
      CONTAINERS_CONF: '/none',
    };
    const cwd = shop([{ ...UPPER, script: 'env', variables, image: 'plain:1' }], { 'a.txt': 'a' });
    const { code, stderr } = await run(cwd, 'in');
    expect(code, stderr).toBe(0);
    const said = await logs(cwd);
    for (const [name, value] of Object.entries(variables)) expect(said).toContain(`${name}=${value}`);
    expect(said).not.toContain('FDL_');
  });

  it('works as the user of the image, past its entrypoint, whatever the umask; files belong to who runs fdl', async () => {
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    const more = { init_script: 'upper.sh', extra_payload: 'model.txt' };
    const step = { ...UPPER, image: 'lab/user:1', more };
    const script =
      'cat "$EXTRA_PAYLOAD/model.txt"; id -u; touch "$EXTRA_PAYLOAD/x" && exit 9; mkdir "$TMP_OUTPUT_DIR/sub"; cp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/sub"';
    const given = { 'upper.sh': script, 'model.txt': 'weights\n', 'in/a.txt': 'abc' };
    const cwd = project({ 'workflow.yaml': workflowText([step]), ...given });
    for (const name of ['upper.sh', 'model.txt']) chmodSync(path.join(cwd, name), 0o600);
    const { code, stderr } = await run(cwd, 'in', '-o', 'out');
    expect(code, stderr).toBe(0);
    expect(await logs(cwd)).toMatch(/upper weights\n.* upper 12345\n/);
    for (const file of [path.join(cwd, 'out/upper/sub/a.txt'), stored(cwd, 'shop/upper/sub/a.txt')]) {
      expect(statSync(file)).toMatchObject({ uid: process.getuid?.(), size: 3 });
    }
    expect(filesBelow(path.join(cwd, '.fdl/shop/tmp'))).toEqual([]);
  });

  it('lets sh run a script that asks for a bash which the image lacks, with its options, and says so', async () => {
    const script = '#!/bin/bash -e\necho "ran with $0"; false; echo never';
    const cwd = shop([{ ...UPPER, script, image: 'plain:1' }], { 'a.txt': 'a' });
    const { code, stderr } = await run(cwd, 'in');
    expect(code, stderr).toBe(1);
    const said = await logs(cwd);
    expect(said).toContain('the image has no /bin/bash: the script runs with /bin/sh instead');
    expect(said).toContain('ran with');
    expect(said).not.toContain('never');
  });

  it('fails with 127 where the image lacks any other interpreter, and names it', async () => {
    const script = '#!/usr/bin/env pythonn\necho ran';
    const cwd = shop([{ ...UPPER, script, image: 'plain:1' }], { 'a.txt': 'a' });
    expect((await run(cwd, 'in')).code).toBe(1);
    const [ended] = endedOf(cwd);
    expect(ended).toMatchObject({ status: 'failed', exitCode: 127 });
    expect(ended?.reason).toBe('there is no "pythonn", which the first line of the script asks for');
    expect(await logs(cwd)).not.toMatch(/ran|fdl: missing/);
  });

  it('names the exit code of a script that fails, and the memory limit of one that needs more', async () => {
    const failing = shop([{ ...UPPER, script: 'exit 7', image: 'plain:1' }], { 'a.txt': 'a' });
    expect((await run(failing, 'in')).stderr).toContain('exit code 7');
    const script = 'head -c 300000000 /dev/zero | tail -c 300000000 > /dev/null';
    const cwd = shop([{ ...UPPER, script, image: 'plain:1', more: { memory: 128 } }], { 'a.txt': 'a' });
    const { code, stderr } = await run(cwd, 'in');
    const { host } = JSON.parse((await images.podman.run(['info', '--format', 'json'])).stdout);
    const canLimit = ['memory', 'cpu'].every((name) => host.cgroupControllers?.includes(name));
    if (canLimit) expect([code, stderr]).toEqual([1, expect.stringContaining('memory runs out')]);
    else expect(code).toBe(0);
  });

  it('ends the container on Ctrl-C: exit 130', async () => {
    const cwd = shop([{ ...UPPER, script: 'echo begun; sleep 600', image: 'plain:1' }], { 'a.txt': 'a' });
    const running = begin(cwd, 'in');
    await until('the script runs', async () => (await logs(cwd)).includes('begun'));
    expect(await containers(cwd)).not.toBe('');
    running.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(await containers(cwd)).toBe('');
  });

  it('removes what a killed fdl left running when it runs again', async () => {
    const script = `echo begun; case "$INPUT_FILE_PATH" in *slow*) sleep 600;; esac`;
    const cwd = shop([{ ...UPPER, script, image: 'plain:1' }], { 'slow.txt': 'a', 'quick.txt': 'b' });
    const running = begin(cwd, 'in/slow.txt');
    await until('the script runs', async () => (await logs(cwd)).includes('begun'));
    running.kill('SIGKILL');
    await running.ended;
    const left = await containers(cwd);
    expect(left).not.toBe('');
    const second = begin(cwd, 'in/quick.txt');
    expect((await second.ended).code).toBe(0);
    expect(await containers(cwd)).toBe('');
    expect(endedOf(cwd)).toMatchObject([{ input: { uri: 's3://shop/in/quick.txt' } }]);
  });

  it('says what to do when an image cannot be had, and has lost nothing', async () => {
    const cwd = shop([{ ...UPPER, image: 'lab/none:9' }], { 'a.txt': 'a' });
    const { code, json, stderr } = await fdlJson(['run', ...PODMAN, 'in'], { cwd, env: env() });
    expect(code).toBe(1);
    expect(json).toMatchObject({
      error: { code: 'image-pull-failed', hint: expect.stringContaining('--engine host') },
    });
    expect(stderr).toContain('lab/none:9');
    expect(endedOf(cwd)).toEqual([]);
    expect((await fdl(['run', ...FILE, '--engine', 'host', 'in'], { cwd })).code).toBe(0);
  });

  it('is interrupted while it pulls without more than a word', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const cwd = shop([{ ...UPPER, image: 'slow:1' }], { 'a.txt': 'a' });
    const mirrors = { FDL_REGISTRY_MIRRORS: `docker.io=http://127.0.0.1:${port}` };
    const running = start(['run', ...PODMAN, 'in'], { cwd, env: { ...images.podman.env, ...mirrors } });
    await running.says(/pulling slow:1/);
    running.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  it('answers a direct call with what the script writes', async () => {
    const cwd = shop([{ name: 'echo', script: 'tr a-z A-Z < "$INPUT_FILE_PATH"', image: 'plain:1' }], {});
    const { stdout } = await fdl(['invoke', 'workflow.yaml', 'echo', ...PODMAN.slice(1), '--data', 'hello'], {
      cwd,
      env: env(),
    });
    expect(stdout).toBe('HELLO');
  });
});

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
