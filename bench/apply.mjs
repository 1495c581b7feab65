/**
 * What applying costs on AWS: calls, wall time, and how much of it one function would take by itself:
 * `node bench/apply.mjs [FUNCTIONS] [MILLISECONDS,…] [ROUNDS]`, by default 20 functions with 0 and 50 ms added to every
 * call, and the median of 3 rounds.
 * AWS is the stand-in of the tests, which needs moto, podman and docker-registry (see `.ci/run`). Roles can be assumed,
 * functions become active and are updated only after 0.3 s there. In place of Node a small program goes into the images:
 * packing Node, once for a workflow, would hide everything else.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { middle } from './measure.mjs';
import { loadStandins } from './standins.mjs';

const functions = Number(process.argv[2] ?? 20);
const latencies = (process.argv[3] ?? '0,50').split(',').map(Number);
const rounds = Number(process.argv[4] ?? 3);
const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const COMMANDS = { apply: ['apply'], 'apply again': ['apply'], rm: ['rm', '--yes'] };

/** A workflow whose functions do not wait for each other, with one bucket for all. */
function workflow(name, count) {
  const step = (_, index) => `  - lambda:
      name: ${name}-${index}
      container: {image: 'me/busybox:1'}
      init_script: step.sh
      input: [{storage_provider: s3, path: ${name}-files/in-${index}}]
      output: [{storage_provider: s3, path: ${name}-files/out-${index}}]
`;
  return `name: ${name}\nfunctions:\n  aws:\n${Array.from({ length: count }, step).join('')}`;
}

/** Puts an image of busybox and what stands for one of Node into the registry. */
async function publishImages(lab, { fillSystem, addPrograms, addBusybox }) {
  const busybox = fillSystem(join(lab.folder, 'busybox'));
  addBusybox(busybox, ['sh', 'cp']);
  await lab.publish(busybox, 'me/busybox:1');
  const node = fillSystem(join(lab.folder, 'node'));
  addPrograms(node, ['sleep']);
  await rename(join(node, 'usr/bin/sleep'), join(node, 'usr/bin/node'));
  await lab.publish(node, 'library/node:22-bookworm-slim');
}

/** Runs `fdl` to its end; answers milliseconds. @throws Error when it fails */
function fdl(args, env) {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd: dir, env: { ...process.env, ...env } });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        said += text;
      });
    }
    child.once('close', (code) => {
      if (code === 0) resolve(performance.now() - begin);
      else reject(new Error(`fdl ${args.join(' ')} failed:\n${said}`));
    });
  });
}

/** How many calls at most followed one another, each made after the one before was answered. */
function inSequence(calls) {
  let end = 0;
  let count = 0;
  for (const { startedAt, endedAt } of [...calls].sort((a, b) => a.endedAt - b.endedAt)) {
    if (startedAt < end) continue;
    count += 1;
    end = endedAt;
  }
  return count;
}

let workflows = 0;

/** What each command does for a workflow of so many functions. */
async function measure(aws, env, count, latency) {
  workflows += 1;
  const name = `bench-${workflows}`;
  writeFileSync(join(dir, `${name}.yaml`), workflow(name, count));
  writeFileSync(join(dir, 'step.sh'), '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n');
  const rows = [];
  for (const [title, [command, ...options]] of Object.entries(COMMANDS)) {
    aws.reset();
    aws.setLatency(latency);
    const wall = await fdl([command, `${name}.yaml`, ...options], env);
    rows.push({ title, wall, calls: aws.calls() });
  }
  return rows;
}

const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`;

function rowText({ title, wall, calls }) {
  const changing = calls.filter(({ mutating }) => mutating).length;
  const counts = `${String(calls.length).padStart(4)} calls, ${String(changing).padStart(3)} change something`;
  return `  ${title.padEnd(12)}${counts}, ${seconds(wall)}`;
}

function countsText(calls) {
  const counts = new Map();
  for (const { service, operation } of calls) {
    const key = `${service}:${operation}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return sorted.map(([key, count]) => `    ${String(count).padStart(4)} ${key}`).join('\n');
}

/** The round with the median of the times to apply. */
function middleRound(all) {
  return all.sort(([a], [b]) => a.wall - b.wall)[Math.floor(all.length / 2)];
}

async function report(aws, env, latency) {
  console.log(`${latency} ms added to every call`);
  const pairs = [];
  // In turns, so that a slow moment of the machine hits both alike.
  for (let round = 0; round < rounds; round++) {
    pairs.push([await measure(aws, env, 1, latency), await measure(aws, env, functions, latency)]);
  }
  const ratio = middle(pairs.map(([[alone], [all]]) => all.wall / alone.wall));
  const one = middleRound(pairs.map(([first]) => first));
  const all = middleRound(pairs.map(([, second]) => second));
  console.log(' functions: 1');
  for (const row of one) console.log(rowText(row));
  console.log(` functions: ${functions}`);
  for (const row of all) console.log(rowText(row));
  console.log(`  calls of apply:\n${countsText(all[0].calls)}`);
  // One function has nothing to do at the same time but what its own parts do not wait for: it is the longest chain.
  const chain = inSequence(one[0].calls);
  const latencyText = latency > 0 ? ` (${seconds(chain * latency)} of latency)` : '';
  console.log(
    `  longest chain: ${chain} calls in sequence${latencyText}, ${seconds(one[0].wall)} for one function`,
  );
  console.log(`  ratio: ${ratio.toFixed(2)}\n`);
}

const standins = await loadStandins();
const lab = await standins.openImageLab();
const registry = `http://${lab.hub.host}`;
const aws = await standins.startAws({ registry: { url: registry } });
try {
  await publishImages(lab, standins);
  const env = {
    ...aws.env,
    FDL_REGISTRY_MIRRORS: `docker.io=${registry},*.amazonaws.com=${registry}`,
    FDL_RUNTIME_IMAGE: 'node:22-bookworm-slim',
  };
  // What is loaded once is loaded before anything is measured.
  await measure(aws, env, 1, 1);
  for (const latency of latencies) await report(aws, env, latency);
} finally {
  await aws.stop();
  await lab.close();
  rmSync(dir, { recursive: true, force: true });
}
