/** Runtimes in a container like AWS Lambda's, and as plain processes. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { Launch, Sandbox } from './lambda-host.ts';
import { required } from './need.ts';
import type { Podman } from './podman.ts';

export interface ContainerOptions {
  readonly podman: Podman;
  readonly image: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Of the container, in MiB; 256 by default. */
  readonly memoryMb?: number;
  /** Of `/tmp`, in MiB; 512 by default, as on AWS. */
  readonly tmpMb?: number;
  /** Name of the container; a new one by default. */
  readonly name?: () => string;
  /** More options of `podman run`. */
  readonly more?: readonly string[];
}

/** AWS Lambda runs functions as a user without a name. */
const USER = '993:990';

/** Starts an image as AWS Lambda does: read-only but for `/tmp`, without any rights, and with a limit to its memory. */
export function containerLaunch(options: ContainerOptions): Launch {
  const { podman, image, command, memoryMb = 256, tmpMb = 512, more = [] } = options;
  return (address) => {
    const name = options.name?.() ?? `fdl-lambda-${randomUUID()}`;
    const variables = { ...ownVariables(address, name, memoryMb), ...options.env };
    const args = [
      'run',
      '--rm',
      `--name=${name}`,
      '--network=host',
      `--user=${USER}`,
      '--cap-drop=all',
      '--security-opt=no-new-privileges',
      `--memory=${memoryMb}m`,
      '--read-only',
      '--read-only-tmpfs=false',
      `--tmpfs=/tmp:rw,exec,mode=1777,size=${tmpMb}m`,
      ...Object.entries(variables).map(([key, value]) => `--env=${key}=${value}`),
      ...more,
    ];
    const remove = async () => void (await podman.run(['rm', '--force', '--time=0', name]));
    return processSandbox(required('podman'), [...args, image, ...command], podman.env, remove);
  };
}

/** The variables that AWS Lambda itself sets. */
function ownVariables(address: string, name: string, memoryMb: number): Readonly<Record<string, string>> {
  return {
    AWS_LAMBDA_RUNTIME_API: address,
    AWS_LAMBDA_FUNCTION_NAME: 'standin',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/standin',
    AWS_LAMBDA_LOG_STREAM_NAME: name,
    AWS_REGION: 'us-east-1',
  };
}

export interface ProcessSandbox extends Sandbox {
  /** Asks it to end. */
  stop(): void;
}

/** A program as a sandbox. `kill` ends what it started, by default the program itself. */
export function processSandbox(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  kill?: () => Promise<void>,
): ProcessSandbox {
  const child = spawn(program, args, {
    // podman's monitor leaves a file called `oom` where it stands when memory runs out.
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = new Promise<number>((resolve) => {
    child.once('close', (code) => resolve(code ?? 255));
  });
  return {
    exited,
    output: () => output,
    stop: () => child.kill('SIGTERM'),
    kill: async () => {
      if (kill) await kill();
      else child.kill('SIGKILL');
      await exited;
    },
  };
}
