/** What stands in for clouds and terminals on this machine, and what happens where it is missing. */
import { existsSync } from 'node:fs';
import path from 'node:path';

export type Standin = 'moto' | 'podman' | 'registry' | 'busybox' | 'python3';

interface Wanted {
  readonly program: string;
  /** An environment variable that may name the program. */
  readonly variable?: string;
  readonly install: string;
}

const STANDINS: Readonly<Record<Standin, Wanted>> = {
  moto: {
    program: 'moto_server',
    variable: 'FDL_TEST_MOTO',
    install:
      "python3 -m venv DIR && DIR/bin/pip install 'moto[server]', then FDL_TEST_MOTO=DIR/bin/moto_server",
  },
  podman: { program: 'podman', install: 'apt-get install podman runc' },
  registry: { program: 'docker-registry', install: 'apt-get install docker-registry' },
  /** Opens pseudo-terminals. */
  python3: { program: 'python3', install: 'apt-get install python3' },
  busybox: { program: 'busybox', install: 'apt-get install busybox-static' },
};

/** The path of a stand-in's program, if it is on this machine. */
export function programOf(standin: Standin): string | undefined {
  const { program, variable } = STANDINS[standin];
  const named = variable === undefined ? undefined : process.env[variable];
  if (named) return named;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, program)).find((file) => existsSync(file));
}

/**
 * Whether the tests of a file can run: `describe.skipIf(!needs('moto'))`. What is missing is said loudly, and where
 * `CI` is set it fails the file: there, nothing may be skipped unnoticed.
 */
export function needs(...standins: readonly Standin[]): boolean {
  const missing = standins.filter((standin) => programOf(standin) === undefined);
  if (missing.length === 0) return true;
  const how = missing
    .map((standin) => `${STANDINS[standin].program} (${STANDINS[standin].install})`)
    .join('; ');
  if (process.env['CI']) throw new Error(`These tests need ${how}.`);
  process.stderr.write(`\n*** TESTS ARE SKIPPED: they need ${how} ***\n\n`);
  return false;
}

/** The path of a stand-in's program, which `needs` has found. */
export function required(standin: Standin): string {
  const program = programOf(standin);
  if (program === undefined) throw new Error(`${STANDINS[standin].program} is not here.`);
  return program;
}
