/** Measures commands side by side: whole processes, in turns, as ratios within one run. */
import { spawnSync } from 'node:child_process';

/**
 * Cpu and wall milliseconds of one run, with all its children, as the shell accounts for them.
 * @throws Error when the command fails
 */
export function measure({ argv, cwd, env }) {
  const script = 'TIMEFORMAT=\'%U %S %R\'; { time "$0" "$@" >/dev/null 2>&1; } 2>&1';
  const options = { encoding: 'utf8', cwd, env: { ...process.env, ...env } };
  const { stdout, status } = spawnSync('bash', ['-c', script, ...argv], options);
  if (status !== 0) throw new Error(`failed: ${argv.join(' ')}`);
  const [user, system, wall] = stdout
    .trim()
    .split(' ')
    .map((seconds) => Number(seconds) * 1000);
  return { cpu: user + system, wall };
}

/** The median. */
export const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Medians of several rounds. The candidates take turns, so that a slow moment of the machine hits all of them alike;
 * ratios are taken round by round for the same reason. `prepare` runs before each, unmeasured.
 */
export function inTurns(candidates, rounds, prepare = () => {}) {
  const runs = candidates.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [index, candidate] of candidates.entries()) {
      prepare(candidate);
      const result = measure(candidate);
      if (round >= 0) runs[index].push(result);
    }
  }
  return candidates.map(({ name }, index) => ({
    name,
    cpu: middle(runs[index].map(({ cpu }) => cpu)),
    wall: middle(runs[index].map(({ wall }) => wall)),
    cpuRatio: middle(runs[index].map(({ cpu }, round) => cpu / runs[0][round].cpu)),
    wallRatio: middle(runs[index].map(({ wall }, round) => wall / runs[0][round].wall)),
  }));
}

/** A table; the first row is what the others are compared with. */
export function table(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const head = `${''.padEnd(width)}   cpu ms  wall ms  cpu ratio  wall ratio`;
  const lines = rows.map(({ name, cpu, wall, cpuRatio, wallRatio }) => {
    const numbers = [cpu.toFixed(1).padStart(8), wall.toFixed(1).padStart(8)];
    return `${name.padEnd(width)} ${numbers.join(' ')} ${cpuRatio.toFixed(2).padStart(10)} ${wallRatio.toFixed(2).padStart(11)}`;
  });
  return [head, ...lines].join('\n');
}
