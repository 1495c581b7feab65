/** The command line that runs a step's script in a container. */
import { availableParallelism } from 'node:os';
import { insteadOf, NOT_FOUND } from '../../supervisor/interpreter.ts';
import type { Command, RunSpec } from '../../supervisor/script.ts';
import type { Limits } from '../../workflow/model.ts';
import type { Engine } from './engine.ts';

export interface ContainerSettings {
  readonly engine: Engine;
  /** A name that the engine has. */
  readonly image: string;
  readonly limits: Limits;
  /** Folders of this machine, and where scripts see them. */
  readonly mounts: readonly { readonly source: string; readonly target: string }[];
  /** Marks the containers of a workflow, so that those of a killed process can be found. */
  readonly label: string;
  /** The environment of the engine itself. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks for the interpreter inside the container, since only the image knows what it has: `$1` is the program to look
 * up, the rest what the script asks for, with the script.
 */
const LOOK_UP = 'program=$1; shift; if command -v "$program" >/dev/null 2>&1; then exec "$@"; fi; ';

/** Where bash is missing, `sh` with its options takes its place; without any other interpreter nothing runs. */
function lookUp(program: string, options: readonly string[]): string {
  const shell = insteadOf(program, options);
  if (!shell) return `${LOOK_UP}echo "${MISSING}$program" >&2; exit ${NOT_FOUND}`;
  const said = 'echo "the image has no $program: the script runs with /bin/sh instead" >&2; ';
  return `${LOOK_UP}for script in "$@"; do :; done; ${said}exec ${shell.join(' ')} "$script"`;
}

/** Before the name of an interpreter that the image does not have, in a line that is for this program. */
const MISSING = 'fdl: missing interpreter: ';

/** The interpreter that a container did not find, by the last line that it wrote. */
export function missingIn(line: string): string | undefined {
  return line.startsWith(MISSING) ? line.slice(MISSING.length) : undefined;
}

/**
 * What the shell in the container called `name` writes to stderr before anything else: only then did the engine make the
 * container, and the image has what scripts start with. Exit codes do not tell, since scripts may end with those of
 * engines (125 to 127), and their init ends with any (1) where it finds no shell; neither do texts.
 */
export function startedLine(name: string): string {
  return `fdl: started ${name}`;
}

/**
 * The command line that runs a container called `name`. Values of variables stay out of it: the engine takes them from
 * its own environment by name.
 */
export function runArguments(name: string, spec: RunSpec, settings: ContainerSettings): readonly string[] {
  const { engine, image, limits, mounts, label } = settings;
  const { memoryMib, cpus, gpus } = limits;
  const variables = Object.keys(spec.env);
  const [program, ...rest] = restored(variables.filter(isEnginesOwn), commandLine(spec.command, name));
  return [
    ...[engine.name, 'run', '--rm', '--init', '--name', name, '--label', label],
    ...spec.folders.flatMap((folder) => mountArguments(folder)),
    ...(spec.shown ?? []).flatMap((folder) => mountArguments(folder, ['ro'])),
    ...mounts.flatMap(({ source, target }) => mountArguments(source, [], target)),
    ...(spec.command.kind === 'script' ? mountArguments(spec.command.path, ['ro']) : []),
    ...(engine.limits && memoryMib !== undefined ? ['--memory', `${memoryMib}m`] : []),
    // Docker refuses more than there are.
    ...(engine.limits && cpus !== undefined
      ? ['--cpus', String(Math.min(cpus, availableParallelism()))]
      : []),
    ...gpuArguments(engine, gpus),
    ...Object.keys(asideFromEngine(spec.env)).flatMap((variable) => ['--env', variable]),
    ...(spec.cwd === undefined ? [] : ['--workdir', spec.cwd]),
    ...['--entrypoint', program ?? '/bin/sh', image, ...rest],
  ];
}

/**
 * Shows a file or folder to a container, under its own path unless another is given. `--volume` takes all but a colon; `--mount` takes a line of
 * CSV, in which a field with commas or quotes is quoted. Rule: `opts/mount.go` of Docker's command line, and podman's alike.
 */
export function mountArguments(
  path: string,
  options: readonly string[] = [],
  target: string = path,
): readonly string[] {
  if (![path, target].some((each) => each.includes(':')))
    return ['--volume', [path, target, ...options].join(':')];
  const fields = ['type=bind', `source=${path}`, `target=${target}`, ...options];
  return ['--mount', fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(',')];
}

/** The command behind a shell that gives variables their own names back. */
function restored(variables: readonly string[], command: readonly string[]): readonly string[] {
  if (variables.length === 0) return command;
  const lines = variables.map((name) => `export ${name}="$${ASIDE}${name}"; unset ${ASIDE}${name}; `);
  return ['/bin/sh', '-c', `${lines.join('')}exec "$@"`, 'fdl', ...command];
}

function gpuArguments({ name }: Engine, gpus: number): readonly string[] {
  if (gpus === 0) return [];
  return name === 'docker' ? ['--gpus', String(gpus)] : ['--device', 'nvidia.com/gpu=all'];
}

function commandLine(command: Command, name: string): readonly string[] {
  if (command.kind === 'argv') return command.argv;
  const { interpreter, path } = command;
  const start = `echo "${startedLine(name)}" >&2; `;
  if (interpreter.length === 1 && interpreter[0] === '/bin/sh')
    return ['/bin/sh', '-c', `${start}exec /bin/sh "$0"`, path];
  const [program = '', ...options] = wantedProgram(interpreter);
  return ['/bin/sh', '-c', start + lookUp(program, options), 'fdl', program, ...interpreter, path];
}

/** The program that must exist, and its options: of `/usr/bin/env NAME` it is NAME. */
function wantedProgram(interpreter: readonly string[]): readonly string[] {
  const [program = '', argument] = interpreter;
  const words = argument?.replace(/^(-S|--split-string=?)\s*/, '').split(/\s+/) ?? [];
  return program.endsWith('/env') && /^[^-=]+$/.test(words[0] ?? '') ? words : interpreter;
}

/** Variables that mean something to the engine, or to the loader of its libraries. */
const ENGINES_OWN =
  /^(PATH|HOME|TMPDIR|(XDG|LD|GLIBC|DOCKER|BUILDKIT|CONTAINERS?|PODMAN|STORAGE|REGISTRY|DBUS|SSL_CERT)_\w*|GO\w*|(https?|ftp|all|no)_proxy)$/i;
/** Those of the task itself stay as they are, whatever they look like. */
const OURS = /^(STORAGE_OBJECT_KEY|TMP_(INPUT|OUTPUT)_DIR)$/;
const ASIDE = 'FDL_ASIDE_';

function isEnginesOwn(name: string): boolean {
  return ENGINES_OWN.test(name) && !OURS.test(name);
}

/** The variables of a script under names that do not change how the engine works. */
export function asideFromEngine(variables: RunSpec['env']): RunSpec['env'] {
  const renamed = (name: string) => (isEnginesOwn(name) ? ASIDE + name : name);
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [renamed(name), value]));
}
