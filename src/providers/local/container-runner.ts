/** Runs scripts in containers. The supervisor stays outside; the folders of the task are mounted under their own path. */
import { randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FdlError } from '../../errors.ts';
import { runProcess } from '../../supervisor/process-runner.ts';
import type { Command, Exit, Runner, RunSpec } from '../../supervisor/script.ts';
import type { Limits } from '../../workflow/model.ts';
import { callEngine, type Engine } from './engine.ts';

export interface ContainerSettings {
  readonly engine: Engine;
  /** A name that the engine has. */
  readonly image: string;
  readonly limits: Limits;
  /** Marks the containers of a workflow, so that those of a killed process can be found. */
  readonly label: string;
  /** The environment of the engine itself. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Engines end with this code when they themselves failed. */
const ENGINE_FAILED = 125;
/** What shells make of SIGKILL: a container that ran out of memory ends so. */
const KILLED = 137;

/**
 * Chooses the interpreter inside the container, since only the image knows what it has: `$1` is what the script asks
 * for, `$2` the program to look up, the rest the script. A missing one is replaced by `sh`.
 */
const CHOOSE =
  'program=$1; shift; if command -v "$program" >/dev/null 2>&1; then exec "$@"; fi; ' +
  'for script in "$@"; do :; done; ' +
  'echo "the image has no $program: the script runs with /bin/sh instead" >&2; exec /bin/sh "$script"';

/** A runner for one step. */
export function containerRunner(settings: ContainerSettings): Runner {
  return async (spec) => {
    const name = `fdl-${randomBytes(8).toString('hex')}`;
    // Whoever the image runs as must be able to write there.
    for (const folder of spec.folders) chmodSync(folder, 0o777);
    let lastError = '';
    try {
      const exit = await runProcess({
        ...spec,
        command: { kind: 'argv', argv: runArguments(name, spec, settings) },
        env: { ...present(settings.environment), ...spec.env },
        // The engine passes the polite signal on; it needs a moment more than the script to end by itself.
        graceMs: spec.graceMs + 1000,
        onLine: (stream, line) => {
          if (stream === 'stderr') lastError = line;
          spec.onLine(stream, line);
        },
      });
      if (exit.code === ENGINE_FAILED && /^(Error|docker):/.test(lastError))
        throw notStarted(settings, lastError);
      return exit.code === KILLED ? killed(exit) : exit;
    } finally {
      if (spec.signal?.aborted) await removeContainer(settings.engine, name);
      await reclaim(spec.folders, settings);
    }
  };
}

function present(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(entries);
}

function killed({ stdout, stdoutCut }: Exit): Exit {
  return { signal: 'SIGKILL', ...(stdout && { stdout }), ...(stdoutCut && { stdoutCut }) };
}

/** Values of variables stay out of the command line: the engine takes them from its own environment by name. */
function runArguments(name: string, spec: RunSpec, settings: ContainerSettings): readonly string[] {
  const { engine, image, limits, label } = settings;
  const { memoryMib, cpus, gpus } = limits;
  const [program, ...rest] = commandLine(spec.command);
  return [
    ...[engine.name, 'run', '--rm', '--init', '--name', name, '--label', label],
    ...spec.folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]),
    ...(spec.command.kind === 'script' ? ['--volume', `${spec.command.path}:${spec.command.path}:ro`] : []),
    ...(engine.limits && memoryMib !== undefined ? ['--memory', `${memoryMib}m`] : []),
    ...(engine.limits && cpus !== undefined ? ['--cpus', String(cpus)] : []),
    ...gpuArguments(engine, gpus),
    ...Object.keys(spec.env).flatMap((variable) => ['--env', variable]),
    ...(spec.cwd === undefined ? [] : ['--workdir', spec.cwd]),
    ...['--entrypoint', program ?? '/bin/sh', image, ...rest],
  ];
}

function gpuArguments({ name }: Engine, gpus: number): readonly string[] {
  if (gpus === 0) return [];
  return name === 'docker' ? ['--gpus', String(gpus)] : ['--device', 'nvidia.com/gpu=all'];
}

function commandLine(command: Command): readonly string[] {
  if (command.kind === 'argv') return command.argv;
  const { interpreter, path } = command;
  if (interpreter.length === 1 && interpreter[0] === '/bin/sh') return ['/bin/sh', path];
  return ['/bin/sh', '-c', CHOOSE, 'fdl', lookedUp(interpreter), ...interpreter, path];
}

/** The program that must exist: of `/usr/bin/env NAME` it is NAME. */
function lookedUp([program = '', argument]: readonly string[]): string {
  const name = argument?.replace(/^(-S|--split-string=?)\s*/, '').split(/\s+/)[0];
  return program.endsWith('/env') && name && /^[^-=]+$/.test(name) ? name : program;
}

function notStarted({ engine, image }: ContainerSettings, line: string): FdlError {
  return new FdlError('script-not-started', `${engine.name} could not run ${image}: ${line}`, {
    hint: 'Mend what it says, or run without containers: --engine host.',
  });
}

/** Ends a container for good; one that is gone is fine. */
async function removeContainer(engine: Engine, name: string): Promise<void> {
  await callEngine(engine, ['rm', '--force', '--volumes', name]).catch(() => {});
}

/** Ends containers that a killed process has left behind. */
export async function removeLeftovers(engine: Engine, label: string): Promise<void> {
  const found = await callEngine(engine, ['ps', '--all', '--quiet', '--filter', `label=${label}`]);
  const ids = found.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await callEngine(engine, ['rm', '--force', '--volumes', ...ids]).catch(() => {});
}

/**
 * Gives files to whoever runs this program: those that a container's root or other user wrote could be neither moved
 * nor removed otherwise. Only a container can do it.
 */
async function reclaim(folders: readonly string[], settings: ContainerSettings): Promise<void> {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || !folders.some((folder) => hasForeign(folder, uid))) return;
  const owner = settings.engine.rootless ? '0:0' : `${uid}:${gid}`;
  const mounts = folders.flatMap((folder) => ['--volume', `${folder}:${folder}`]);
  await callEngine(settings.engine, [
    ...['run', '--rm', '--user', '0', ...mounts, '--entrypoint', '/bin/sh', settings.image],
    ...['-c', 'chown -R "$0" "$@"', owner, ...folders],
  ]);
}

function hasForeign(folder: string, uid: number): boolean {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = join(folder, entry.name);
    if (lstatSync(path).uid !== uid) return true;
    return entry.isDirectory() && hasForeign(path, uid);
  });
}
