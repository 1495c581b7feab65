/**
 * A three-step workflow over many small files on this machine, beside other tools that run the same scripts:
 * `node bench/local.mjs [FILES] [ROUNDS]`. Tools that are not installed are left out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurns, table } from './measure.mjs';

const files = Number(process.argv[2] ?? 500);
const rounds = Number(process.argv[3] ?? 3);
const jobs = availableParallelism();
const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const STEPS = ['a', 'b', 'c'];

const step = (name, from) => `  - lambda:
      name: ${name}
      container: {image: busybox}
      init_script: step.sh
      input: [{storage_provider: s3, path: bench-files/${from}}]
      output: [{storage_provider: s3, path: bench-files/${name}}]
`;
const rule = (name, from) => `rule ${name}:
  input: "${from}/{file}"
  output: "${name}/{file}"
  shell: "INPUT_FILE_PATH={input} TMP_OUTPUT_DIR=${name} sh ./step.sh"
`;
const steps = STEPS.map((name, index) => [name, STEPS[index - 1] ?? 'in']);
mkdirSync(join(dir, 'in'));
writeFileSync(
  join(dir, 'workflow.yaml'),
  `functions:\n  aws:\n${steps.map(([name, from]) => step(name, from)).join('')}`,
);
writeFileSync(join(dir, 'step.sh'), '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n');
writeFileSync(join(dir, 'one.sh'), 'INPUT_FILE_PATH="$1" TMP_OUTPUT_DIR="$2" exec sh ./step.sh\n');
const all = `rule all:\n  input: expand("c/{file}", file=glob_wildcards("in/{file}").file)\n`;
writeFileSync(join(dir, 'Snakefile'), all + steps.map(([name, from]) => rule(name, from)).join(''));
for (let index = 0; index < files; index++) writeFileSync(join(dir, `in/f${index}.txt`), `${index}\n`);

const chain = (command) => [
  'sh',
  '-c',
  `set -e; ${steps.map(([name, from]) => command(from, name)).join('; ')}`,
];
const candidates = [
  {
    name: 'GNU parallel',
    argv: chain(
      (from, to) =>
        `find ${from} -type f | parallel -j${jobs} INPUT_FILE_PATH={} TMP_OUTPUT_DIR=${to} sh ./step.sh`,
    ),
    needs: 'parallel',
  },
  {
    name: 'xargs',
    argv: chain((from, to) => `find ${from} -type f | xargs -P${jobs} -I{} sh ./one.sh {} ${to}`),
    needs: 'xargs',
  },
  {
    name: 'fdl run',
    argv: ['node', bin, 'run', 'workflow.yaml', 'in', '--local', '--engine', 'host'],
    needs: 'node',
  },
  { name: 'snakemake', argv: ['snakemake', '--quiet', '--cores', String(jobs)], needs: 'snakemake' },
];

/** A clean folder for every run. */
function prepare() {
  for (const name of [...STEPS, '.fdl', '.snakemake'])
    rmSync(join(dir, name), { recursive: true, force: true });
  for (const name of STEPS) mkdirSync(join(dir, name));
}

/** The most memory that `fdl run` takes for some of the files, in MiB. */
function peakMemory(count) {
  prepare();
  const inputs = Array.from({ length: count }, (_, index) => `in/f${index}.txt`);
  const argv = ['-f', '%M', 'node', bin, 'run', 'workflow.yaml', ...inputs, '--local', '--engine', 'host'];
  const { stderr } = spawnSync('/usr/bin/time', argv, { cwd: dir, encoding: 'utf8' });
  return Number(stderr.trim().split('\n').at(-1)) / 1024;
}

const isInstalled = ({ needs }) => spawnSync('which', [needs]).status === 0;
try {
  execFileSync('node', [bin, '--version']);
  const rows = inTurns(
    candidates.filter(isInstalled).map((each) => ({ ...each, cwd: dir })),
    rounds,
    prepare,
  );
  console.log(`${files} files, ${STEPS.length} steps, ${jobs} at a time`);
  console.log(table(rows));
  for (const { name, wall } of rows)
    console.log(`${name}: ${(wall / files / STEPS.length).toFixed(2)} ms per job`);
  const some = Math.max(1, Math.floor(files / 4));
  console.log(
    `fdl run, peak memory: ${peakMemory(some).toFixed(0)} MiB for ${some} files, ${peakMemory(files).toFixed(0)} MiB for ${files}`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
