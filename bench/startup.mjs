/** What starting `fdl` costs beside starting Node: `node bench/startup.mjs [ROUNDS]`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTurns, table } from './measure.mjs';

const bin = fileURLToPath(new URL('../bin/fdl.js', import.meta.url));
const hello = fileURLToPath(new URL('../examples/hello/', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'fdl-bench-'));
const env = { FDL_HOME: home };
writeFileSync(join(home, 'input.txt'), 'Ada\n');

const fdl = (name, ...args) => ({ name, argv: ['node', bin, ...args], env });
const file = join(hello, 'workflow.yaml');
const run = ['run', file, '--local', '--engine', 'host'];
const candidates = [
  { name: 'node -e 0', argv: ['node', '-e', '0'] },
  fdl('fdl --version', '--version'),
  fdl('fdl validate', 'validate', file),
  fdl('fdl graph', 'graph', file),
  fdl('fdl run, nothing left to do', ...run, '--resume'),
  fdl('fdl run, one step', ...run, join(home, 'input.txt')),
];
try {
  console.log(table(inTurns(candidates, Number(process.argv[2] ?? 15))));
} finally {
  rmSync(home, { recursive: true });
}
