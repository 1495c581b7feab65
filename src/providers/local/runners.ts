/** How the scripts of each step are started: in their image, or without one. */
import { statSync } from 'node:fs';
import { FdlError, messageOf } from '../../errors.ts';
import { formatReference, mirrorOf, parseReference } from '../../image/reference.ts';
import type { Runner } from '../../supervisor/script.ts';
import type { Step } from '../../workflow/model.ts';
import type { EngineChoice } from '../runtime.ts';
import { containerRunner, removeLeftovers } from './container-runner.ts';
import { callEngine, type Engine, findEngine } from './engine.ts';
import { fileSystemPath, type LocalHome } from './home.ts';
import { makeFileSystem } from './kinds/file-system.ts';

export interface RunnerOptions {
  readonly engine: EngineChoice;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** For people: what engine is used, what is pulled. */
  readonly say: (message: string) => void;
}

/** A runner for each step that runs in a container; steps that are not in it run as processes of this machine. */
export type Runners = ReadonlyMap<string, Runner>;

/** What scripts run in, by the ids of steps: what a result of theirs depends on. */
export type RunsIn = ReadonlyMap<string, string>;

/** How steps run. */
export interface Prepared {
  readonly runners: Runners;
  readonly runsIn: RunsIn;
}

/** Without an image, what runs scripts is what this machine has. */
const HOST = 'host';

/**
 * Finds the engine, ends what a killed process left in it, and has the images of all steps ready.
 * @throws FdlError `engine-missing`, `mount-without-container`, `missing-image`, `image-pull-failed`, `image-invalid`
 */
export async function prepareRunners(
  steps: readonly Step[],
  home: LocalHome,
  options: RunnerOptions,
): Promise<Prepared> {
  const engine = await findEngine(options.engine);
  if (!engine) {
    const why = options.engine === 'auto' ? 'no container engine works here: ' : '';
    requireNoMounts(steps);
    options.say(`${why}scripts run without their image${why ? '' : ' (--engine host)'}`);
    return { runners: new Map(), runsIn: onHost(steps) };
  }
  // podman splits filters at commas, and reads them as CSV.
  const label = `fdl.home=${home.root.replace(/[%,"]/g, encodeURIComponent)}`;
  await removeLeftovers(engine, label);
  const { environment, signal, say } = options;
  const mirrors = environment['FDL_REGISTRY_MIRRORS'];
  const wanted = new Map(steps.map((step) => [keyOf(step), step] as const));
  const deps = { engine, mirrors, signal, say };
  const found = new Map(
    await Promise.all(
      [...wanted].map(async ([key, step]) => {
        const { imageFile: file } = step;
        const ready = file === undefined ? ensureImage(imageOf(step), deps) : loadImage(file, deps);
        return [key, await ready] as const;
      }),
    ),
  );
  const runners = steps.map((step) => {
    const image = found.get(keyOf(step))?.name ?? imageOf(step);
    const { limits } = step;
    const mounts = mountsOf(step, home);
    return [step.id, containerRunner({ engine, image, limits, mounts, label, environment })] as const;
  });
  const runsIn = steps.map((step) => [step.id, found.get(keyOf(step))?.id ?? ''] as const);
  return { runners: new Map(runners), runsIn: new Map(runsIn) };
}

function onHost(steps: readonly Step[]): RunsIn {
  return new Map(steps.map(({ id }) => [id, HOST]));
}

/** What steps would run in now; nothing of steps whose image is not here yet. Nothing is pulled. */
export async function findRunsIn(
  steps: readonly Step[],
  { engine: choice, environment, signal }: Omit<RunnerOptions, 'say'>,
): Promise<RunsIn> {
  const engine = await findEngine(choice);
  if (!engine) return onHost(steps);
  const wanted = new Map(steps.map((step) => [keyOf(step), step] as const));
  const find = async ({ imageFile, ...step }: Step) => {
    if (imageFile !== undefined) return archiveId(imageFile);
    const names = namesOf(imageOf(step), environment['FDL_REGISTRY_MIRRORS']);
    return (await findImage(engine, names.all, signal))?.id;
  };
  const ids = new Map(
    await Promise.all([...wanted].map(async ([key, step]) => [key, await find(step)] as const)),
  );
  return new Map(
    steps.flatMap((step) => {
      const id = ids.get(keyOf(step));
      return id === undefined ? [] : [[step.id, id] as const];
    }),
  );
}

/** The file systems of a step; they are made anew where somebody has removed their folder. */
function mountsOf({ mounts = [] }: Step, home: LocalHome) {
  return mounts.map(({ id, path: target }) => {
    const source = fileSystemPath(home, id);
    makeFileSystem(source);
    return { source, target };
  });
}

/** Without a container nothing can be shown at another path. */
function requireNoMounts(steps: readonly Step[]): void {
  for (const { id, mounts = [] } of steps) {
    const [mount] = mounts;
    if (!mount) continue;
    const message = `"${id}" mounts ${mount.id} at ${mount.path}, which only containers can`;
    throw new FdlError('mount-without-container', message, {
      hint: 'Install docker or podman, and leave out --engine host; or remove "file_system".',
      place: mount.place,
      exitCode: 2,
    });
  }
}

/** What tells images apart: files may have equal names. */
function keyOf(step: Step): string {
  return step.imageFile ?? imageOf(step);
}

function imageOf({ id, image }: Step): string {
  if (image) return image;
  throw new FdlError('missing-image', `"${id}" has no container image`, {
    hint: 'Name one in the file, or run without images: --engine host.',
    exitCode: 2,
  });
}

// Makes the images of steps available to the engine before anything runs.

interface ImageDeps {
  readonly engine: Engine;
  /** `FDL_REGISTRY_MIRRORS`. */
  readonly mirrors: string | undefined;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/** An image as the engine has it. */
interface EngineImage {
  readonly name: string;
  /** What its content is known by. */
  readonly id: string;
}

/** Names that an engine may have an image by: as it is written if somebody built it here, else as it is pulled. */
function namesOf(image: string, mirrors: string | undefined) {
  const reference = parseReference(image);
  const mirror = mirrorOf(reference.registry, mirrors);
  const source = formatReference(mirror ? { ...reference, registry: mirror.host } : reference);
  return { mirror, source, all: [...new Set([image, source])] };
}

/**
 * The image under the name that the engine has it by: as it is written if somebody built it here, else pulled under its
 * full name, from a mirror if there is one.
 * @throws FdlError `image-pull-failed`, `image-invalid`, `mirrors-invalid`
 */
async function ensureImage(image: string, deps: ImageDeps): Promise<EngineImage> {
  const { engine, mirrors, signal, say } = deps;
  const { mirror, source, all } = namesOf(image, mirrors);
  const found = await findImage(engine, all, signal);
  if (found) return found;
  say(`pulling ${image}`);
  // Docker speaks plain HTTP to this machine only, and has to be configured for other hosts; podman is told here.
  const insecure = mirror?.plainHttp && engine.name === 'podman' ? ['--tls-verify=false'] : [];
  try {
    await callEngine(engine, ['pull', '--quiet', ...insecure, source], signal);
    return (await findImage(engine, [source], signal)) ?? { name: source, id: '' };
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new FdlError('image-pull-failed', `the image ${image} could not be pulled: ${lastLine(cause)}`, {
      hint: `Check its name and that ${engine.name} is logged in; to run without images: --engine host.`,
      cause,
    });
  }
}

/** The image of a file under the name that the engine has it by. @throws FdlError `image-archive` */
async function loadImage(file: string, { engine, signal, say }: ImageDeps): Promise<EngineImage> {
  say(`loading ${file}`);
  try {
    const said = await callEngine(engine, ['load', '--input', file], signal);
    const names = [...said.matchAll(/^Loaded image(?:\(s\)|s)?(?: ID)?: (\S+)$/gm)].map(([, name]) => name);
    const [name] = names;
    if (name !== undefined && names.length === 1) return { name, id: archiveId(file) };
    throw new Error(`${engine.name} found ${names.length} images in it`);
  } catch (cause) {
    if (signal.aborted) throw cause;
    const hint = 'Write it anew: docker save -o image.tar NAME, or podman save -o image.tar NAME.';
    const message = `"${file}" is no archive of one image: ${lastLine(cause)}`;
    throw new FdlError('image-archive', message, { hint, cause });
  }
}

/** Of an image in a file, it is known before it is loaded what it will be. */
function archiveId(file: string): string {
  const { size, mtimeMs } = statSync(file);
  return `${file} ${size} ${mtimeMs}`;
}

/** The image by the first of some names that the engine has. */
async function findImage(
  engine: Engine,
  names: readonly string[],
  signal: AbortSignal,
): Promise<EngineImage | undefined> {
  for (const name of names) {
    try {
      const id = await callEngine(engine, ['image', 'inspect', '--format', '{{.Id}}', name], signal);
      return { name, id: id.trim() };
    } catch {
      signal.throwIfAborted();
    }
  }
  return undefined;
}

function lastLine(thrown: unknown): string {
  return messageOf(thrown).trim().split('\n').at(-1) ?? '';
}
