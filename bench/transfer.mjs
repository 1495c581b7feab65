/**
 * Files to and from a store beside other tools, with the same MinIO: `node bench/transfer.mjs [SMALL] [MIB] [ROUNDS]`, the number
 * of files of 4 KiB and the size of a large one; 2000, 1024 and 3 by default. MinIO is the program that FDL_TEST_MINIO names;
 * tools that are not installed are left out. Ratios are to the first of a table.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inTurns, table } from './measure.mjs';

const [small, mib, rounds] = [2000, 1024, 3].map((usual, index) => Number(process.argv[index + 2] ?? usual));
const MIB = 1024 * 1024;
const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const KEYS = { AWS_ACCESS_KEY_ID: 'bench-access', AWS_SECRET_ACCESS_KEY: 'bench-secret-key' };

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts MinIO with an empty folder, and waits until it answers. */
async function startMinio() {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const users = { MINIO_ROOT_USER: KEYS.AWS_ACCESS_KEY_ID, MINIO_ROOT_PASSWORD: KEYS.AWS_SECRET_ACCESS_KEY };
  const args = ['server', '--quiet', '--address', `127.0.0.1:${port}`, join(dir, 'minio')];
  const env = { ...process.env, ...users, MINIO_BROWSER: 'off' };
  const server = spawn(process.env['FDL_TEST_MINIO'] ?? 'minio', args, { env, stdio: 'ignore' });
  const isReady = () =>
    fetch(`${endpoint}/minio/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) await wait(100);
  return { endpoint, server };
}

function writeFiles() {
  mkdirSync(join(dir, 'small'));
  for (let index = 0; index < small; index++) writeFileSync(join(dir, `small/f${index}`), randomBytes(4096));
  mkdirSync(join(dir, 'large'));
  const handle = openSync(join(dir, 'large/file'), 'w');
  for (let index = 0; index < mib; index++) writeSync(handle, randomBytes(MIB));
  closeSync(handle);
}

/** The tools, and how each copies a folder to a place in a bucket, and back. */
function toolsFor(endpoint) {
  const [access, secret] = Object.values(KEYS);
  const rclone = [
    'rclone',
    'copy',
    '-q',
    '--config',
    join(dir, 'rclone.conf'),
    '--transfers',
    '16',
    '--ignore-times',
  ];
  writeFileSync(
    join(dir, 'rclone.conf'),
    `[m]\ntype = s3\nprovider = Minio\naccess_key_id = ${access}\nsecret_access_key = ${secret}\nendpoint = ${endpoint}\n`,
  );
  writeFileSync(
    join(dir, 's3cfg'),
    `[default]\naccess_key = ${access}\nsecret_key = ${secret}\nhost_base = ${new URL(endpoint).host}\nhost_bucket = ${new URL(endpoint).host}\nuse_https = False\n`,
  );
  const s3cmd = ['s3cmd', '-c', join(dir, 's3cfg'), '-q'];
  const aws = ['aws', '--endpoint-url', endpoint, 's3', 'cp', '--recursive', '--quiet'];
  return [
    {
      name: 'fdl',
      needs: 'node',
      up: (from, to) => ['node', bin, 'put', '--force', `${from}/`, `s3://bench/${to}/`],
      down: (from, to) => ['node', bin, 'get', `s3://bench/${from}/`, '-o', to],
    },
    {
      name: 'rclone',
      needs: 'rclone',
      up: (from, to) => [...rclone, from, `m:bench/${to}`],
      down: (from, to) => [...rclone, `m:bench/${from}`, to],
    },
    {
      name: 'aws s3 cp',
      needs: 'aws',
      up: (from, to) => [...aws, from, `s3://bench/${to}`],
      down: (from, to) => [...aws, `s3://bench/${from}`, to],
    },
    {
      name: 's3cmd',
      needs: 's3cmd',
      up: (from, to) => [...s3cmd, 'put', '-r', `${from}/`, `s3://bench/${to}/`],
      down: (from, to) => [...s3cmd, 'get', '-r', '--force', `s3://bench/${from}/`, to],
    },
  ].filter(({ needs }) => spawnSync('which', [needs]).status === 0);
}

/** MiB that a command takes at most. */
function peakMemory(argv, env) {
  const { stderr } = spawnSync('/usr/bin/time', ['-f', '%M', ...argv], {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return Math.round(Number(stderr.trim().split('\n').at(-1)) / 1024);
}

const { endpoint, server } = await startMinio();
try {
  writeFiles();
  const env = {
    ...KEYS,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    NODE_EXTRA_CA_CERTS: '',
    AWS_CA_BUNDLE: '',
  };
  mkdirSync(join(dir, 'minio/bench'));
  const tools = toolsFor(endpoint);
  const out = join(dir, 'out');
  const clean = () => {
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out);
  };
  for (const [what, folder] of [
    [`${small} files of 4 KiB`, 'small'],
    [`one file of ${mib} MiB`, 'large'],
  ]) {
    for (const way of ['up', 'down']) {
      const candidates = tools.map(({ name, [way]: argvOf }) => ({
        name,
        cwd: dir,
        env,
        argv:
          way === 'up'
            ? argvOf(join(dir, folder), `${folder}/${name.split(' ')[0]}`)
            : argvOf(`${folder}/rclone`, out),
      }));
      console.log(`\n${what}, ${way}`);
      console.log(table(inTurns(candidates, rounds, clean)));
      const memory = candidates.map(({ name, argv }) => {
        clean();
        return `${name} ${peakMemory(argv, env)}`;
      });
      console.log(`peak memory in MiB: ${memory.join(', ')}`);
    }
  }
} finally {
  server.kill();
  rmSync(dir, { recursive: true, force: true });
}
