/** Which program runs containers on this machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { FdlError, MachineError, messageOf } from '../../errors.ts';
import type { EngineChoice } from '../runtime.ts';

export interface Engine {
  readonly name: 'docker' | 'podman';
  /** The user inside is root, but outside it is whoever started it. */
  readonly rootless: boolean;
  /** Memory and processors of a container can be limited. */
  readonly limits: boolean;
}

const execute = promisify(execFile);
/** Milliseconds: an engine that takes longer to say what it is will not run anything either. */
const PATIENCE = 20_000;

/**
 * The engine to use, or nothing for `host` and where there is none. An engine counts only if its `info` works: a
 * client without a server is none.
 * @throws FdlError `engine-missing`: the engine that was asked for does not work
 */
export async function findEngine(choice: EngineChoice): Promise<Engine | undefined> {
  if (choice === 'host') return undefined;
  const failures: string[] = [];
  for (const name of choice === 'auto' ? (['docker', 'podman'] as const) : [choice]) {
    try {
      return await (name === 'docker' ? dockerInfo() : podmanInfo());
    } catch (thrown) {
      failures.push(messageOf(thrown).trim().split('\n').at(-1) ?? '');
    }
  }
  if (choice === 'auto') return undefined;
  throw new FdlError('engine-missing', `${choice} does not work here: ${failures[0]}`, {
    hint: `Start it (\`${choice} info\` must work), or run without containers: --engine host.`,
  });
}

async function dockerInfo(): Promise<Engine> {
  const { stdout } = await execute('docker', ['info', '--format', '{{json .}}'], { timeout: PATIENCE });
  const info = JSON.parse(stdout) as {
    ServerVersion?: string;
    ServerErrors?: readonly string[];
    SecurityOptions?: readonly string[];
    MemoryLimit?: boolean;
  };
  if (!info.ServerVersion) throw new Error(info.ServerErrors?.[0] ?? 'no server answers');
  const rootless = Boolean(info.SecurityOptions?.some((option) => option.includes('rootless')));
  return { name: 'docker', rootless, limits: info.MemoryLimit !== false };
}

async function podmanInfo(): Promise<Engine> {
  const { stdout } = await execute('podman', ['info', '--format', 'json'], { timeout: PATIENCE });
  const { host } = JSON.parse(stdout) as {
    host?: { cgroupControllers?: readonly string[] | null; security?: { rootless?: boolean } };
  };
  const controllers = host?.cgroupControllers ?? [];
  return {
    name: 'podman',
    rootless: host?.security?.rootless === true,
    limits: controllers.includes('memory') && controllers.includes('cpu'),
  };
}

/** Throws if the engine, which worked before, does so no longer. @throws MachineError `engine-gone` */
export async function requireEngine({ name }: Engine): Promise<void> {
  try {
    await (name === 'docker' ? dockerInfo() : podmanInfo());
  } catch (cause) {
    const hint = `Start it again (\`${name} info\` must work).`;
    throw new MachineError('engine-gone', `${name} does not answer any more`, { hint, cause });
  }
}

/** Runs the engine to its end and answers what it wrote. @throws Error with what it wrote to stderr */
export async function callEngine(
  engine: Engine,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string> {
  try {
    const { stdout } = await execute(engine.name, args, { signal, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (thrown) {
    const { stderr } = thrown as { stderr?: string };
    throw new Error(stderr?.trim() || messageOf(thrown), { cause: thrown });
  }
}
