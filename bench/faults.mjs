/**
 * What becomes of a workflow when one call fails: `node bench/faults.mjs [--sample N] [--seed S] [--workflow NAME]`.
 * Each call of `apply`, of `apply` after a change, and of `rm` is, by turns, refused (403, 400), throttled three times, failed
 * once (500), carried out without an answer, or the last that `fdl` makes before it is killed. Then the command is given
 * again until it has nothing to say. By default all calls of four workflows; with `--sample`, so many of them by chance.
 * Ctrl-C ends it with the table of what there is.
 * Clouds are the stand-ins of the tests, which need moto, podman and docker-registry (see `.ci/run`).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadStandins } from './standins.mjs';

const { values } = parseArgs({
  options: { sample: { type: 'string' }, seed: { type: 'string' }, workflow: { type: 'string' } },
});
const root = fileURLToPath(new URL('..', import.meta.url));
const seed = Number(values.seed ?? Math.floor(Date.now() / 86_400_000));

/** Numbers from 0 to 1 that are the same for the same seed (a linear congruential generator). */
function numbersFrom(start) {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** All of a list in another order. */
function shuffled(list, number) {
  const all = [...list];
  for (let at = all.length - 1; at > 0; at--) {
    const other = Math.floor(number() * (at + 1));
    [all[at], all[other]] = [all[other], all[at]];
  }
  return all;
}

function rowText(name, fault, cases) {
  const converged = cases.filter(({ wrong }) => wrong.length === 0).length;
  const left = cases.flatMap(({ wrong }) => wrong.filter((each) => each.startsWith('left behind'))).length;
  const commands = Math.max(0, ...cases.map((each) => each.commands));
  const calls = cases.map((each) => each.calls).sort((a, b) => a - b);
  const middle = calls[Math.floor(calls.length / 2)] ?? 0;
  const numbers = [cases.length, converged, commands, middle, calls.at(-1) ?? 0, left];
  return `${name.padEnd(15)} ${fault.padEnd(12)} ${numbers.map((each) => String(each).padStart(11)).join('')}`;
}

function tableText(cases, { samples, FAULTS }) {
  const head = ['cases', 'converged', 'commands', 'calls', 'at most', 'left']
    .map((each) => each.padStart(11))
    .join('');
  const rows = samples.flatMap(({ name }) =>
    FAULTS.flatMap((fault) => {
      const some = cases.filter((each) => each.sample === name && each.fault === fault);
      return some.length > 0 ? [rowText(name, fault, some)] : [];
    }),
  );
  return [`${''.padEnd(28)} ${head}`, ...rows, rowText('all', '', cases)].join('\n');
}

/** All servers of this process. Stand-ins never end a connection, and each command opens its own. */
const servers = new Set();
const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  servers.add(this);
  return listen.apply(this, args);
};

const folder = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
process.env.TMPDIR = folder;
const { openFaultLab, samples: samplesOf, FAULTS } = await loadStandins();
const samples = samplesOf(root).filter(
  ({ name }) => values.workflow === undefined || name === values.workflow,
);
const lab = await openFaultLab(root);
const cases = [];
let isStopped = false;
let at = 0;
process.once('SIGINT', () => {
  isStopped = true;
});
try {
  const aims = [];
  for (const sample of samples) {
    const counts = await lab.count(sample);
    console.error(`${sample.name}: ${JSON.stringify(counts)} calls`);
    const most = Math.max(...Object.values(counts));
    for (let call = 1; call <= most; call++) for (const fault of FAULTS) aims.push({ sample, call, fault });
  }
  const chosen = values.sample ? shuffled(aims, numbersFrom(seed)).slice(0, Number(values.sample)) : aims;
  for (const { sample, call, fault } of chosen) {
    if (isStopped) break;
    const found = (await lab.cycle(sample, call, fault)).filter(({ hit }) => hit !== undefined);
    cases.push(...found);
    for (const each of found) if (each.wrong.length > 0) console.error(JSON.stringify(each));
    for (const server of servers) server.closeIdleConnections();
    at += 1;
    if (at % 50 === 0) console.error(`${at} of ${chosen.length} calls and faults, ${cases.length} cases`);
  }
} catch (error) {
  // The end of this process would hide it.
  console.error(error);
  process.exitCode = 1;
} finally {
  console.log(`seed ${seed}\n${tableText(cases, { samples, FAULTS })}`);
  await lab.close();
  rmSync(folder, { recursive: true, force: true });
  // Servers that are kept for another test end with this process.
  process.exit();
}
