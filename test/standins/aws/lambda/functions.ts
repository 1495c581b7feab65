/**
 * What the stand-in knows of functions beside moto: their states, and all settings that moto forgets. Rules: "Lambda
 * function states" in Lambda's developer guide.
 */
import type { Params } from '../core/api.ts';
import type { Clock } from '../core/clock.ts';
import { AwsFault } from '../core/fault.ts';
import { ACCOUNT, type World } from '../core/world.ts';
import type { Statement } from './policy.ts';

/** A function's state that moto does not keep. */
export interface Known {
  readonly region: string;
  readonly name: string;
  readonly clock: Clock;
  /** Times of the clock at which creation and the last update are done. */
  activeAt: number;
  updatedAt: number;
  /** Why creation or the last update failed. */
  createFailure?: string;
  updateFailure?: string;
  /** Settings as they were given last. */
  given: Params;
  /** The image that runs, by digest, and as it was named. */
  image?: { readonly uri: string; readonly resolved: string };
  zip?: Buffer;
  statements: readonly Statement[];
  reserved?: number;
  url?: { readonly id: string; readonly auth: 'NONE' | 'AWS_IAM' };
  /** Counts changes, so that runtimes of before are ended. */
  version: number;
}

export interface Functions {
  get(region: string, name: string): Known | undefined;
  /** @throws AwsFault `ResourceNotFoundException` */
  need(region: string, name: string): Known;
  add(known: Known): void;
  remove(region: string, name: string): void;
  all(): readonly Known[];
  /** The configuration as AWS would answer it; nothing if there is no such function. */
  describe(region: string, name: string): Promise<Params | undefined>;
  /** The next function that is made, or changed, fails for a reason. */
  failNext(reason: string): void;
  takeFailure(): string | undefined;
}

/** No functions yet. */
export function openFunctions({ moto }: World): Functions {
  const known = new Map<string, Known>();
  let failure: string | undefined;
  const key = (region: string, name: string) => `${region}/${plainName(name)}`;
  return {
    get: (region, name) => known.get(key(region, name)),
    need: (region, name) => {
      const found = known.get(key(region, name));
      if (!found) throw missing(region, name);
      return found;
    },
    add: (each) => known.set(key(each.region, each.name), each),
    remove: (region, name) => known.delete(key(region, name)),
    all: () => [...known.values()],
    describe: async (region, name) => {
      const mine = known.get(key(region, name));
      if (!mine) return undefined;
      const path = `/2015-03-31/functions/${mine.name}/configuration`;
      const answer = await moto.ask({ service: 'lambda', region, path });
      return answer.ok ? configuration(answer.json(), mine) : undefined;
    },
    failNext: (reason) => {
      failure = reason;
    },
    takeFailure: () => {
      const taken = failure;
      failure = undefined;
      return taken;
    },
  };
}

/** The name in a name, a partial or a full ARN, without version or alias. */
export function plainName(text: string): string {
  const [, arn] = /^(?:arn:aws:lambda:[^:]+:\d{12}:)?function:([^:]+)/.exec(text) ?? [];
  return arn ?? text.split(':')[0] ?? text;
}

export function functionArn({ region, name }: Pick<Known, 'region' | 'name'>): string {
  return `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`;
}

/** Region and name in the ARN of a function. */
export function parseFunctionArn(
  arn: string,
): { readonly region: string; readonly name: string } | undefined {
  const [, region, account, name] =
    /^arn:aws:lambda:([^:]+):(\d{12}):function:([^:]+)(?::.*)?$/.exec(arn) ?? [];
  return region && name && account === ACCOUNT ? { region, name } : undefined;
}

function missing(region: string, name: string): AwsFault {
  const arn = functionArn({ region, name: plainName(name) });
  return new AwsFault('ResourceNotFoundException', `Function not found: ${arn}`, 404);
}

export type State = 'Pending' | 'Active' | 'Failed';
export type UpdateStatus = 'InProgress' | 'Successful' | 'Failed';

export function stateOf({ clock, activeAt, createFailure }: Known): State {
  return clock.now() < activeAt ? 'Pending' : createFailure === undefined ? 'Active' : 'Failed';
}

export function updateStatusOf({ clock, updatedAt, updateFailure }: Known): UpdateStatus {
  return clock.now() < updatedAt ? 'InProgress' : updateFailure === undefined ? 'Successful' : 'Failed';
}

/**
 * Refuses what AWS refuses before a function is ready.
 * @throws AwsFault `ResourceConflictException`
 */
export function needReady(known: Known): void {
  const begin = 'The operation cannot be performed at this time.';
  if (stateOf(known) === 'Pending') {
    throw new AwsFault(
      'ResourceConflictException',
      `${begin} The function is currently in the following state: Pending`,
      409,
    );
  }
}

/** @throws AwsFault `ResourceConflictException` */
export function needNoUpdate(known: Known): void {
  needReady(known);
  if (updateStatusOf(known) !== 'InProgress') return;
  const message = `The operation cannot be performed at this time. An update is in progress for resource: ${functionArn(known)}`;
  throw new AwsFault('ResourceConflictException', message, 409);
}

/** A configuration of moto as AWS gives it: without empty fields, with the state and all that was set. */
export function configuration(answer: Params, known: Known): Params {
  const filled = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null));
  const {
    LoggingConfig = {},
    VpcConfig,
    FileSystemConfigs,
    ImageConfig,
    EphemeralStorage,
    Architectures,
  } = known.given;
  return {
    ...filled,
    ...stateFields(known),
    LoggingConfig: { LogFormat: 'Text', LogGroup: `/aws/lambda/${known.name}`, ...LoggingConfig },
    EphemeralStorage: EphemeralStorage ?? { Size: 512 },
    Architectures: Architectures ?? ['x86_64'],
    ...(VpcConfig?.SubnetIds?.length
      ? { VpcConfig: { VpcId: 'vpc-standin', ...VpcConfig } }
      : { VpcConfig: undefined }),
    ...(FileSystemConfigs?.length > 0 && { FileSystemConfigs }),
    ...(ImageConfig && { ImageConfigResponse: { ImageConfig } }),
    ...(known.image && { CodeSha256: known.image.resolved.replace(/^.*sha256:/, '') }),
  };
}

function stateFields(known: Known): Params {
  const State = stateOf(known);
  const LastUpdateStatus = updateStatusOf(known);
  return {
    State,
    ...(State === 'Pending' && {
      StateReason: 'The function is being created.',
      StateReasonCode: 'Creating',
    }),
    ...(State === 'Failed' && { StateReason: known.createFailure, StateReasonCode: 'InternalError' }),
    LastUpdateStatus,
    ...(LastUpdateStatus === 'InProgress' && {
      LastUpdateStatusReason: 'The function is being created.',
      LastUpdateStatusReasonCode: 'Creating',
    }),
    ...(LastUpdateStatus === 'Failed' && {
      LastUpdateStatusReason: known.updateFailure,
      LastUpdateStatusReasonCode: 'InternalError',
    }),
  };
}
