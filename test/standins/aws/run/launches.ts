/**
 * How the runtimes of functions are started: images by podman, zip files by Node on this machine. Rule:
 * ServiceException of Invoke in Lambda's API reference, for what the stand-in cannot do.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Launch } from '../../lambda-host.ts';
import { containerLaunch, processSandbox } from '../../sandbox.ts';
import type { Params } from '../core/api.ts';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import type { Images } from '../ecr/images.ts';
import type { Roles } from '../iam/roles.ts';
import { type Known, parseFunctionArn } from '../lambda/functions.ts';
import { openPuller, type Puller } from './puller.ts';
import { unzip } from './zip.ts';

const BOOTSTRAP = fileURLToPath(new URL('./bootstrap.mjs', import.meta.url));

/** Starts a runtime that writes to a log stream. */
export type LaunchAs = (stream: string) => Launch;

export interface Launches {
  /** Prepares to start runtimes of a function: fetches its image or unpacks its files. */
  prepare(known: Known, config: Params): Promise<LaunchAs>;
}

export interface LaunchParts {
  readonly world: World;
  readonly images: Images;
  readonly roles: Roles;
  readonly puller: Puller;
}

export function openLaunches(
  world: World,
  images: Images,
  roles: Roles,
): Launches & { readonly puller: Puller } {
  const puller = openPuller(world, images);
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-aws-'));
  world.onStop(() => rmSync(folder, { recursive: true, force: true }));
  const parts = { world, images, roles, puller };
  return {
    puller,
    prepare: (known, config) =>
      known.image ? ofImage(parts, known, config) : ofZip(parts, folder, known, config),
  };
}

async function ofImage(
  { world, roles, puller }: LaunchParts,
  known: Known,
  config: Params,
): Promise<LaunchAs> {
  const { podman, runOptions = [] } = world.settings;
  if (!podman || !known.image) {
    throw new AwsFault('ServiceException', 'The stand-in runs images only if it is given podman.', 500);
  }
  const image = await puller.pull(known.image.resolved);
  const {
    EntryPoint = [],
    Command = [],
    WorkingDirectory,
  } = config['ImageConfigResponse']?.ImageConfig ?? {};
  const more = [
    ...runOptions,
    ...(EntryPoint.length > 0 ? [`--entrypoint=${JSON.stringify(EntryPoint)}`] : []),
    ...(WorkingDirectory ? [`--workdir=${WorkingDirectory}`] : []),
    '--pull=never',
  ];
  return (stream) =>
    containerLaunch({
      ...{ podman, image, command: Command, more },
      memoryMb: config['MemorySize'],
      tmpMb: config['EphemeralStorage'].Size,
      env: variables({ world, roles }, config, stream),
    });
}

async function ofZip(
  { world, roles }: LaunchParts,
  folder: string,
  known: Known,
  config: Params,
): Promise<LaunchAs> {
  const root = path.join(
    folder,
    `${known.region}-${known.name}-${known.version}-${randomBytes(4).toString('hex')}`,
  );
  unzip(known.zip ?? Buffer.alloc(0), root);
  const managed = {
    LAMBDA_TASK_ROOT: root,
    _HANDLER: config['Handler'],
    AWS_EXECUTION_ENV: `AWS_Lambda_${config['Runtime']}`,
  };
  return (stream) => (address) => {
    const env = {
      ...variables({ world, roles }, config, stream),
      ...managed,
      AWS_LAMBDA_RUNTIME_API: address,
    };
    return processSandbox(process.execPath, [BOOTSTRAP], env);
  };
}

/** The variables that Lambda sets, and those of the function. */
function variables(
  { world, roles }: Pick<LaunchParts, 'world' | 'roles'>,
  config: Params,
  stream: string,
): Readonly<Record<string, string>> {
  const { region = '' } = parseFunctionArn(config['FunctionArn']) ?? {};
  const { accessKeyId, secretAccessKey, sessionToken } = roles.keys(config['Role']);
  return {
    ...config['Environment']?.Variables,
    AWS_LAMBDA_FUNCTION_NAME: config['FunctionName'],
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(config['MemorySize']),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: config['LoggingConfig'].LogGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_ENDPOINT_URL: world.url(),
    TZ: ':UTC',
  };
}

/** The name of a new log stream: `2026/01/31/[$LATEST]0123…`. */
export function newStreamName(): string {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[$LATEST]${randomBytes(16).toString('hex')}`;
}
