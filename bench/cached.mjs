/**
 * Jobs that are all up to date: `fdl run --cached` beside snakemake, on three steps over many small files:
 * `node bench/cached.mjs [FILES] [ROUNDS] [SNAKEMAKE]`. Without snakemake, which is a path or is found by its name, it is said
 * to be left out.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurns, table } from './measure.mjs';

const files = Number(process.argv[2] ?? 500);
const rounds = Number(process.argv[3] ?? 5);
const snakemake = process.argv[4] ?? 'snakemake';
const jobs = String(availableParallelism());
const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const STEPS = [
  ['a', 'in'],
  ['b', 'a'],
  ['c', 'b'],
];

const step = ([name, from]) => `  - lambda:
      name: ${name}
      container: {image: busybox}
      init_script: step.sh
      input: [{storage_provider: s3, path: bench-files/${from}}]
      output: [{storage_provider: s3, path: bench-files/${name}}]
`;
const rule = ([name, from]) => `rule ${name}:
  input: "${from}/{file}"
  output: "${name}/{file}"
  shell: "INPUT_FILE_PATH={input} TMP_OUTPUT_DIR=${name} sh ./step.sh"
`;

try {
  mkdirSync(join(dir, 'in'));
  writeFileSync(join(dir, 'workflow.yaml'), `functions:\n  aws:\n${STEPS.map(step).join('')}`);
  writeFileSync(join(dir, 'step.sh'), '#!/bin/sh\ncp "$INPUT_FILE_PATH" "$TMP_OUTPUT_DIR/"\n');
  const all = `rule all:\n  input: expand("c/{file}", file=glob_wildcards("in/{file}").file)\n`;
  writeFileSync(join(dir, 'Snakefile'), all + STEPS.map(rule).join(''));
  for (let index = 0; index < files; index++) writeFileSync(join(dir, `in/f${index}.txt`), `${index}\n`);
  const run = ['node', bin, 'run', 'workflow.yaml', 'in', '--local', '--engine', 'host'];
  const candidates = [
    { name: 'fdl run --cached', first: run, argv: [...run, '--cached'] },
    { name: 'snakemake', argv: [snakemake, '--quiet', '--cores', jobs] },
  ];
  const isThere = spawnSync(snakemake, ['--version']).status === 0;
  if (!isThere) console.log('snakemake is left out: it is not installed');
  const compared = candidates.slice(0, isThere ? 2 : 1).map((each) => ({ ...each, cwd: dir }));
  for (const {
    argv: [program, ...args],
    first = [program, ...args],
  } of compared)
    execFileSync(first[0], first.slice(1), { cwd: dir, stdio: 'ignore' });
  const load = loadavg()[0].toFixed(1);
  console.log(`${files * STEPS.length} jobs that are up to date, ${rounds} rounds, load ${load}`);
  console.log(table(inTurns(compared, rounds)));
} finally {
  rmSync(dir, { recursive: true, force: true });
}
