/**
 * Many inputs through three steps on this machine, while `fdl` is killed again and again, and the disk is full once:
 * `node bench/soak.mjs [--inputs N] [--kill SECONDS]`, by default 50,000 inputs and a kill every 60 seconds. Says what is lost
 * or done wrongly, which should be nothing, and the most memory that each start took, which should not grow.
 * The disk is a tmpfs, which takes the right to mount one; without, it never gets full.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { inputs: { type: 'string' }, kill: { type: 'string' } } });
const inputs = Number(values.inputs ?? 50_000);
const killMs = Number(values.kill ?? 60) * 1000;
const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'fdl-soak-'));
const disk = join(dir, 'disk');
const STEPS = ['a', 'b', 'c'];

const step = (name, from) => `  - lambda:
      name: ${name}
      container: {image: busybox}
      init_script: step.sh
      input: [{storage_provider: s3, path: soak-files/${from}}]
      output: [{storage_provider: s3, path: soak-files/${name}}]
`;

function prepare() {
  mkdirSync(disk);
  mkdirSync(join(dir, 'in'));
  const steps = STEPS.map((name, index) => step(name, STEPS[index - 1] ?? 'in'));
  writeFileSync(join(dir, 'soak.yaml'), `functions:\n  aws:\n${steps.join('')}`);
  const script = `#!/bin/sh\n{ cat "$INPUT_FILE_PATH"; echo x; } > "$TMP_OUTPUT_DIR/$(basename "$INPUT_FILE_PATH")"\n`;
  writeFileSync(join(dir, 'step.sh'), script);
  for (let index = 0; index < inputs; index++) writeFileSync(join(dir, `in/f${index}.txt`), `${index}\n`);
}

/** Whether the disk is one of its own. */
function mountDisk() {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4g,nr_inodes=0', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('nobody may mount a tmpfs here: the disk will not be full');
    return false;
  }
}

/** The most memory that a process has taken so far, in MiB; 0 where it is gone. */
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Starts `fdl put` or `fdl run`; it is killed after `ms`, or with `fill` finds its disk full after half of that. */
async function start(args, ms, fill) {
  const line = [bin, ...args, '--local', '--engine', 'host'];
  const env = { ...process.env, FDL_HOME: disk };
  const child = spawn(process.execPath, line, { cwd: dir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-4000);
  });
  let peak = 0;
  const looking = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 200);
  const timer = fill ? setTimeout(() => fillDisk(), ms / 2) : setTimeout(() => child.kill('SIGKILL'), ms);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  clearInterval(looking);
  // What scripts of a killed run still do is over soon.
  if (code === null) await wait(200);
  return { code, peak, said };
}

const filler = join(disk, 'filler');

function fillDisk() {
  const chunk = Buffer.alloc(1024 * 1024);
  const { bavail, bsize } = statfsSync(disk);
  try {
    for (let left = bavail * bsize; left >= 0; left -= chunk.length)
      writeFileSync(filler, chunk, { flag: 'a' });
  } catch {
    // It is full.
  }
}

/** What is lost or wrong in the end. */
function faults() {
  const out = join(disk, 'soak/buckets/s3.default/soak-files/c');
  const names = new Set(readdirSync(out));
  const wrong = [];
  for (let index = 0; index < inputs; index++) {
    const name = `f${index}.txt`;
    if (!names.delete(name)) wrong.push(`lost: ${name}`);
    else if (readFileSync(join(out, name), 'utf8') !== `${index}\nx\nx\nx\n`) wrong.push(`damaged: ${name}`);
  }
  for (const name of names) wrong.push(`not asked for: ${name}`);
  return wrong;
}

prepare();
const canFill = mountDisk();
const began = performance.now();
const peaks = [];
const counts = { kills: 0, full: 0 };
try {
  // What was not put before a kill is put again.
  let args = ['put', 'in', '-f', 'soak.yaml'];
  for (let round = 0; ; round++) {
    const isPut = args[0] === 'put';
    const fill = canFill && round === 3;
    const { code, peak, said } = await start(
      args,
      isPut && round > 0 ? 3_600_000 : killMs / 4 ** Number(isPut),
      fill,
    );
    if (peak > 0) peaks.push(Math.round(peak));
    if (code === null) counts.kills += 1;
    if (fill) {
      counts.full += /disk is full/.test(said) ? 1 : 0;
      rmSync(filler, { force: true });
    }
    if (code !== 0 && code !== null && !fill) throw new Error(said);
    if (code === 0 && !isPut) break;
    if (code === 0) args = ['run', 'soak.yaml', '--resume'];
  }
  const wrong = faults();
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${inputs} inputs, ${STEPS.length} steps, ${seconds} s; killed ${counts.kills} times, disk full ${counts.full} times`,
  );
  console.log(
    `lost or wrong: ${wrong.length}${wrong.length > 0 ? `, such as ${wrong.slice(0, 5).join('; ')}` : ''}`,
  );
  console.log(`most memory of each start, in MiB: ${peaks.join(' ')}`);
  if (wrong.length > 0) process.exitCode = 1;
} finally {
  if (canFill) execFileSync('umount', ['--lazy', disk]);
  rmSync(dir, { recursive: true, force: true });
}
