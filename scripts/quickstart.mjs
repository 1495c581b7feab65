/** Runs a real workflow on this machine, without containers, into a fresh folder: the first thing to try. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const example = 'examples/climate-series';
const out = 'out/quickstart';
const fdl = join(root, 'bin/fdl.js');

const inputs = readdirSync(join(root, example, 'input')).map((name) => `${example}/input/${name}`);
const line = [
  'run',
  `${example}/workflow.yaml`,
  ...inputs,
  '--local',
  '--engine',
  'host',
  '--output',
  `${out}/results`,
];

if (!existsSync(join(root, 'dist'))) {
  console.error('fdl is not built yet: run "npm ci" first.');
  process.exit(1);
}
console.log(`Four records of the environment go through three steps: clean, analyse, plot.

  FDL_HOME=${out}/home fdl run ${example}/workflow.yaml ${example}/input/*.csv \\
    --local --engine host --output ${out}/results
`);
rmSync(join(root, out), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [fdl, ...line], {
  cwd: root,
  stdio: 'inherit',
  // What fdl remembers of the workflow goes there, too, so that the example stays as it is.
  env: { ...process.env, FDL_HOME: join(root, out, 'home') },
});
if (status === 0) {
  const here = relative(process.cwd(), join(root, out)) || '.';
  console.log(`
Look at the pictures, in a browser for example:
  ${here}/results/plot/*.svg
What was found, in words:
  ${here}/results/analyse/*.report.txt

Next:
  npx fdl graph ${example}/workflow.yaml   the workflow as a tree
  npx fdl init hello my-workflow                        a workflow of your own
  npx fdl --help                                        all commands
  npm test                                              all tests`);
}
process.exitCode = status ?? 1;
