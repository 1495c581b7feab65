/**
 * A stand-in for AWS that is as strict as AWS: a server that speaks the protocols of all services that are used, with
 * moto behind it. `startAws()` starts it; clients and programs reach it by `AWS_ENDPOINT_URL`, with any keys.
 */

import { MOTO_KEYS, startMoto } from '../moto.ts';
import type { Podman } from '../podman.ts';
import type { BatchControls } from './batch/index.ts';
import type { Call } from './core/api.ts';
import { openClock } from './core/clock.ts';
import { type Failure, type Match, openFailures } from './core/failures.ts';
import { startFront } from './core/front.ts';
import { motoAt } from './core/moto-client.ts';
import { openWork } from './core/work.ts';
import { DELAYS, type Delays, type RegistryAccess, type Settings, type World } from './core/world.ts';
import type { Deployer } from './iam/enforcement.ts';
import type { Right } from './iam/right-book.ts';
import { openParts } from './parts.ts';
import type { Invocation } from './run/invoker.ts';
import { openTagBook } from './tagging/tag-book.ts';

export type { Call } from './core/api.ts';
export { type Failure, REFUSED, THROTTLED } from './core/failures.ts';
export { ACCOUNT } from './core/world.ts';
export { DEPLOYER_KEYS } from './iam/enforcement.ts';
export { type PolicyStatement, permits, statementsOf } from './iam/policy.ts';
export type { Invocation } from './run/invoker.ts';

export interface AwsOptions {
  /** URL of a moto that runs; one is started by default. */
  readonly moto?: string;
  readonly delays?: Partial<Delays>;
  readonly registry?: RegistryAccess;
  readonly podman?: Podman;
  /** More options of `podman run`, for functions and jobs. */
  readonly runOptions?: readonly string[];
  readonly concurrency?: number;
  readonly runtimes?: number;
  readonly retries?: number;
}

export interface Aws extends BatchControls {
  readonly url: string;
  /** Variables for programs that shall take the stand-in for AWS. */
  readonly env: Readonly<Record<string, string>>;
  /** All calls since the start or the last `reset`, in order. Those by functions and jobs are among them. */
  calls(): readonly Call[];
  /** `service:Operation` of the calls that changed something. */
  mutations(): readonly string[];
  /** Forgets calls, planned failures and latency; not what was made. */
  reset(): void;
  /** Makes the next calls that match fail. */
  failNext(match: Match, failure: Failure): void;
  /** Makes the `n`-th call from now fail, or the `n`-th that changes something. */
  failCall(n: number, options?: { readonly failure?: Failure; readonly mutating?: boolean }): void;
  /**
   * Stops time for what is on its way, until it is called with `false`: states of functions, jobs, compute environments
   * and queues do not end, and roles and instance profiles that were just made stay so.
   */
  holdStates(held: boolean): void;
  /** Makes it so many milliseconds later for what `holdStates` stops. */
  passTime(ms: number): void;
  /** Every call takes so many milliseconds longer. */
  setLatency(ms: number): void;
  /** A bucket of this name belongs to another account. */
  addForeignBucket(bucket: string): void;
  /** The next function that is made or changed ends as `Failed`, for this reason. */
  failNextFunction(reason: string): void;
  /** Each event of S3 is delivered so many times; 1 at first. */
  setDeliveries(times: number): void;
  /** Who signs with `DEPLOYER_KEYS`: may do what the statements say, and all that was asked is remembered. */
  readonly deployer: Deployer;
  /** Actions that the policies of roles have permitted so far, and whether anything was in need of them. */
  rightsOfRoles(): readonly Right[];
  /** All runs of functions so far, in order of their start. */
  invocations(): readonly Invocation[];
  /** Ends when no function and no job runs, and none is to be started. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the stand-in on a free port of this machine. */
export async function startAws(options: AwsOptions = {}): Promise<Aws> {
  const own = options.moto === undefined ? await startMoto() : undefined;
  const ends: (() => unknown)[] = [];
  const address = { url: '' };
  const world = newWorld(options, options.moto ?? own?.url ?? '', address, ends);
  const failures = openFailures();
  const { doors, rules, controls } = openParts(world);
  const latency = { ms: 0 };
  const front = await startFront({ moto: world.moto, failures, doors, rules, latency: () => latency.ms });
  address.url = front.url;
  return {
    url: front.url,
    env: environment(front.url),
    calls: front.calls,
    mutations: () => mutationsIn(front.calls()),
    reset: () => {
      front.forget();
      failures.clear();
      latency.ms = 0;
    },
    failNext: failures.failNext,
    failCall: failures.failCall,
    holdStates: world.clock.hold,
    passTime: world.clock.pass,
    setLatency: (ms) => {
      latency.ms = ms;
    },
    ...controls,
    idle: world.work.idle,
    stop: async () => {
      for (const end of ends) await end();
      await front.close();
      await own?.stop();
    },
  };
}

/** `ends` is filled with what is to be ended, the last that was begun first. */
function newWorld(
  options: AwsOptions,
  moto: string,
  address: { readonly url: string },
  ends: (() => unknown)[],
): World {
  const settings = settingsOf(options);
  return {
    settings,
    moto: motoAt(moto),
    tags: openTagBook(settings.delays.tagging),
    work: openWork(),
    clock: openClock(),
    url: () => address.url,
    onStop: (end) => void ends.unshift(end),
  };
}

function mutationsIn(calls: readonly Call[]): readonly string[] {
  return calls.filter(({ mutating }) => mutating).map(({ service, operation }) => `${service}:${operation}`);
}

function settingsOf({ delays, moto: _, ...rest }: AwsOptions): Settings {
  return { concurrency: 1000, runtimes: 4, retries: 2, ...rest, delays: { ...DELAYS, ...delays } };
}

function environment(url: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: MOTO_KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: MOTO_KEYS.secretAccessKey,
    AWS_REGION: 'us-east-1',
    // Nothing of the machine may get in between.
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nowhere',
    AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  };
}
