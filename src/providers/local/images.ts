/** Makes the images of steps available to the engine before anything runs. */
import { FdlError, messageOf } from '../../errors.ts';
import { formatReference, mirrorOf, parseReference } from '../../image/reference.ts';
import { callEngine, type Engine } from './engine.ts';

export interface ImageDeps {
  readonly engine: Engine;
  /** `FDL_REGISTRY_MIRRORS`. */
  readonly mirrors: string | undefined;
  readonly signal: AbortSignal;
  readonly say: (message: string) => void;
}

/**
 * The name under which the engine has an image: as it is written if somebody built it here, else pulled under its full
 * name, from a mirror if there is one.
 * @throws FdlError `image-pull-failed`, `image-invalid`, `mirrors-invalid`
 */
export async function ensureImage(image: string, deps: ImageDeps): Promise<string> {
  const { engine, mirrors, signal, say } = deps;
  const reference = parseReference(image);
  const mirror = mirrorOf(reference.registry, mirrors);
  const source = formatReference(mirror ? { ...reference, registry: mirror.host } : reference);
  for (const name of new Set([image, source])) if (await hasImage(engine, name, signal)) return name;
  say(`pulling ${image}`);
  // Docker speaks plain HTTP to this machine only, and has to be configured for other hosts; podman is told here.
  const insecure = mirror?.plainHttp && engine.name === 'podman' ? ['--tls-verify=false'] : [];
  try {
    await callEngine(engine, ['pull', '--quiet', ...insecure, source], signal);
    return source;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new FdlError('image-pull-failed', `the image ${image} could not be pulled: ${lastLine(cause)}`, {
      hint: `Check its name and that ${engine.name} is logged in; to run without images: --engine host.`,
      cause,
    });
  }
}

async function hasImage(engine: Engine, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await callEngine(engine, ['image', 'inspect', '--format', '{{.Id}}', name], signal);
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

function lastLine(thrown: unknown): string {
  return messageOf(thrown).trim().split('\n').at(-1) ?? '';
}
