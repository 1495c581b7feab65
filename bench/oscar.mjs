/**
 * What commands cost on an OSCAR cluster: requests, and wall time beside that of starting Node:
 * `node bench/oscar.mjs [ROUNDS] [--routes]`, by default the median of 5 rounds; `--routes` lists every request.
 * The cluster is the stand-in of the tests, whose MinIO is in memory and never restarts: seconds on a real one are more.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { middle } from './measure.mjs';
import { loadStandins } from './standins.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'bin/fdl.js');
const rounds = Number(process.argv[2] ?? 5) || 5;
const showsRoutes = process.argv.includes('--routes');
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));

const step = (name, from, to, cpu) => `  - lab:
      name: ${name}
      image: busybox
      cpu: '${cpu}'
      script: "#!/bin/sh\\nwc -c\\n"
      input: [{storage_provider: minio, path: shop/${from}}]
      output: [{storage_provider: minio, path: shop/${to}}]
`;
const workflow = (cpu) =>
  `name: shop\nfunctions:\n  oscar:\n${step('one', 'in', 'mid', cpu)}${step('two', 'mid', 'out', '0.2')}`;

/** Each with what stands in the file before; all in this order. */
const COMMANDS = [
  ['first apply', ['apply', 'workflow.yaml', '--yes'], '0.2'],
  ['nothing to do', ['apply', 'workflow.yaml', '--yes'], '0.2'],
  ['one field changed', ['apply', 'workflow.yaml', '--yes'], '0.5'],
  ['plan', ['plan', 'workflow.yaml'], '0.5'],
  ['ls', ['ls'], '0.5'],
  ['ls FILE', ['ls', 'workflow.yaml'], '0.5'],
  ['service ls', ['service', 'ls'], '0.5'],
  ['service get', ['service', 'get', 'one'], '0.5'],
  ['status', ['status', 'workflow.yaml'], '0.5'],
  ['logs', ['logs', 'workflow.yaml'], '0.5'],
  ['rm', ['rm', 'workflow.yaml', '--yes', '--force', '--delete-data'], '0.5'],
];

const loadStandin = () =>
  loadStandins(
    "export * from './test/standins/oscar/oscar.ts'; export * from './test/standins/oscar/memory-s3.ts';",
  );

/** Runs a program to its end; answers milliseconds and what it said. @throws Error when it fails */
function run(argv, env) {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argv, { cwd: dir, env: { ...process.env, ...env } });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        said += text;
      });
    }
    child.once('close', (code) => {
      if (code === 0) resolve({ wall: performance.now() - begin, said });
      else reject(new Error(`failed: ${argv.join(' ')}\n${said}`));
    });
  });
}

/** Lines of `--debug` that tell of a request. */
const REQUEST = /^debug: (GET|HEAD|PUT|POST|DELETE) (\S+)/gm;

const { startOscar, startMemoryS3, ADMIN_LOGIN } = await loadStandin();
const s3 = await startMemoryS3();
const oscar = await startOscar({ release: '4.1.2', s3: s3.url });
const env = {
  FDL_CLUSTER_LAB_ENDPOINT: oscar.url,
  FDL_CLUSTER_LAB_USER: ADMIN_LOGIN.user,
  FDL_CLUSTER_LAB_PASSWORD: ADMIN_LOGIN.password,
  HOME: dir,
  XDG_CONFIG_HOME: dir,
};
try {
  const walls = new Map();
  const add = (name, wall) => walls.set(name, [...(walls.get(name) ?? []), wall]);
  for (let round = 0; round < rounds; round++) {
    add('node -e 0', (await run(['-e', '0'], env)).wall);
    for (const [name, args, cpu] of COMMANDS) {
      writeFileSync(join(dir, 'workflow.yaml'), workflow(cpu));
      add(name, (await run([bin, ...args], env)).wall);
    }
  }
  const requests = new Map();
  for (const [name, args, cpu] of COMMANDS) {
    writeFileSync(join(dir, 'workflow.yaml'), workflow(cpu));
    const { said } = await run([bin, ...args], { ...env, FDL_DEBUG: '1' });
    requests.set(
      name,
      [...said.matchAll(REQUEST)].map(([, method, url]) => {
        const isCluster = url.startsWith(oscar.url);
        return `${isCluster ? 'cluster' : 'MinIO  '} ${method} ${url.replace(/^https?:\/\/[^/]+/, '')}`;
      }),
    );
  }
  const start = middle(walls.get('node -e 0'));
  for (const [name, all] of walls) {
    const sent = requests.get(name) ?? [];
    const of = sent.filter((line) => line.startsWith('cluster')).length;
    const wall = middle(all);
    const counts = name === 'node -e 0' ? '' : `${of} to the cluster, ${sent.length - of} to MinIO`;
    console.log(
      `${name.padEnd(18)} ${wall.toFixed(0).padStart(6)} ms  ${(wall / start).toFixed(1).padStart(5)} × node  ${counts}`,
    );
    if (showsRoutes) for (const line of sent) console.log(`    ${line}`);
  }
} finally {
  await oscar.stop();
  await s3.stop();
  rmSync(dir, { recursive: true, force: true });
}
