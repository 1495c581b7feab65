/** What stands in for clouds and terminals on this machine, and what happens where it is missing. */
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export type Standin =
  | 'moto'
  | 'minio'
  | 'wsgidav'
  | 'versitygw'
  | 'rucio'
  | 'fake-gcs-server'
  | 'azurite'
  | 'judges'
  | 'podman'
  | 'chromium'
  | 'registry'
  | 'busybox'
  | 'python3'
  | 'bash'
  | 'zsh'
  | 'fish'
  | 'script'
  | 'groff'
  | 'tinyproxy'
  | 'openssl';

interface Wanted {
  readonly program: string;
  /** An environment variable that may name the program. */
  readonly variable?: string;
  /** Another one that it is looked for beside. */
  readonly beside?: Standin;
  /** Below the cache folder, where `.ci/run` installs it. */
  readonly cached?: string;
  readonly install: string;
}

const STANDINS: Readonly<Record<Standin, Wanted>> = {
  moto: {
    program: 'moto_server',
    variable: 'FDL_TEST_MOTO',
    install:
      "python3 -m venv DIR && DIR/bin/pip install 'moto[server]', then FDL_TEST_MOTO=DIR/bin/moto_server",
  },
  judges: {
    program: 'parliament',
    beside: 'moto',
    install:
      "DIR/bin/pip install 'botocore==1.44.8' 'cfn-lint==1.58.0' 'parliament==1.6.4' 'policy-sentry==0.15.2', where DIR has moto",
  },
  minio: {
    program: 'minio',
    variable: 'FDL_TEST_MINIO',
    cached: 'minio-20250907/bin/minio',
    install:
      'GOBIN=DIR go install github.com/minio/minio@v0.0.0-20250907161309-07c3a429bfed, then FDL_TEST_MINIO=DIR/minio',
  },
  wsgidav: {
    program: 'wsgidav',
    cached: 'wsgidav-4.3.3/bin/wsgidav',
    install: "python3 -m venv DIR && DIR/bin/pip install 'wsgidav==4.3.3' cheroot, with DIR/bin in PATH",
  },
  versitygw: {
    program: 'versitygw',
    cached: 'versitygw-1.8.0/bin/versitygw',
    install: 'GOBIN=DIR go install github.com/versity/versitygw/cmd/versitygw@v1.8.0, with DIR in PATH',
  },
  'fake-gcs-server': {
    program: 'fake-gcs-server',
    cached: 'fake-gcs-server-1.52.3/bin/fake-gcs-server',
    install: 'GOBIN=DIR go install github.com/fsouza/fake-gcs-server@v1.52.3, with DIR in PATH',
  },
  /** Its script, which Node runs. */
  azurite: {
    program: 'azurite-blob',
    cached: 'azurite-3.37.0/node_modules/.bin/azurite-blob',
    install: 'npm install --prefix DIR azurite@3.37.0, with DIR/node_modules/.bin in PATH',
  },
  /** Its client, beside which Python finds the server. */
  rucio: {
    program: 'rucio',
    cached: 'rucio-41.5.1/bin/rucio',
    install: "python3 -m venv DIR && DIR/bin/pip install 'rucio==41.5.1', with DIR/bin in PATH",
  },
  podman: { program: 'podman', install: 'apt-get install podman runc' },
  /** Opens pages. */
  chromium: { program: 'chromium', variable: 'FDL_TEST_CHROMIUM', install: 'apt-get install chromium' },
  registry: { program: 'docker-registry', install: 'apt-get install docker-registry' },
  /** Opens pseudo-terminals. */
  python3: { program: 'python3', install: 'apt-get install python3' },
  busybox: { program: 'busybox', install: 'apt-get install busybox-static' },
  bash: { program: 'bash', install: 'apt-get install bash' },
  zsh: { program: 'zsh', install: 'apt-get install zsh' },
  fish: { program: 'fish', install: 'apt-get install fish' },
  /** Opens a terminal for a shell. */
  script: { program: 'script', install: 'apt-get install bsdutils' },
  /** A proxy. */
  tinyproxy: { program: 'tinyproxy', install: 'apt-get install tinyproxy' },
  /** Makes certificates. */
  openssl: { program: 'openssl', install: 'apt-get install openssl' },
  /** Sets manual pages. */
  groff: { program: 'groff', install: 'apt-get install groff-base' },
};

/** A path below the folder of what tests keep between their runs. */
export function cacheFolder(name: string): string {
  return path.join(process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache'), 'fdl-tests', name);
}

/** The path of a stand-in's program, if it is on this machine. */
export function programOf(standin: Standin): string | undefined {
  const { program, variable, beside, cached } = STANDINS[standin];
  const named = variable === undefined ? undefined : process.env[variable];
  if (named) return named;
  if (beside !== undefined) {
    const file = path.join(path.dirname(programOf(beside) ?? ''), program);
    return existsSync(file) ? file : undefined;
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  const installed = cached === undefined ? [] : [cacheFolder(cached)];
  const files = [...folders.map((folder) => path.join(folder, program)), ...installed];
  return files.find((file) => existsSync(file));
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

/** The folder of the Python packages that the judges are. */
export function sitePackages(): string {
  const lib = path.resolve(path.dirname(required('judges')), '../lib');
  const python = readdirSync(lib).find((name) => existsSync(path.join(lib, name, 'site-packages/botocore')));
  if (python === undefined) throw new Error(`${lib} has no botocore.`);
  return path.join(lib, python, 'site-packages');
}
