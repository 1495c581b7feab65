/** What the rules of all services share. */
import type { Podman } from '../../podman.ts';
import type { TagBook } from '../tagging/tag-book.ts';
import type { Clock } from './clock.ts';
import type { Moto } from './moto-client.ts';
import type { Work } from './work.ts';

/** The account that moto plays. */
export const ACCOUNT = '123456789012';

/** Milliseconds. */
export interface Delays {
  /** Until a new function is active; 300 by default. */
  readonly pending: number;
  /** Until an update of a function is done; 150 by default. */
  readonly update: number;
  /** Until services may take on a new role; 300 by default. */
  readonly role: number;
  /** Until the tagging API knows of a change; 0 by default. */
  readonly tagging: number;
  /** That a compute environment, a queue or a job stays in a state on its way; 100 by default. */
  readonly batch: number;
  /** That a container of a job which is to end has left; 2,000 by default, 30,000 on AWS. */
  readonly grace: number;
  /** Before an asynchronous invocation is tried again; 0 by default. */
  readonly retry: number;
  /** Until the network of a function that is gone is removed; 300 by default, 20 minutes and more on AWS. */
  readonly interfaces: number;
}

export const DELAYS: Delays = {
  pending: 300,
  update: 150,
  role: 300,
  tagging: 0,
  batch: 100,
  grace: 2000,
  retry: 0,
  interfaces: 300,
};

/** A registry that stands for ECR. It must allow deletion. */
export interface RegistryAccess {
  readonly url: string;
  /** `USER:PASSWORD`, if it wants any; the user must be `AWS`. */
  readonly login?: string;
}

export interface Settings {
  readonly delays: Delays;
  /** Of the account, for functions; 1000 by default, as on AWS. */
  readonly concurrency: number;
  /** Runtimes that one function has at most here; 4 by default. */
  readonly runtimes: number;
  /** Times that a failed asynchronous invocation is repeated where the function says nothing; 2 by default. */
  readonly retries: number;
  /** Without a registry every image exists. */
  readonly registry?: RegistryAccess;
  /** Without podman nothing that is an image runs. */
  readonly podman?: Podman;
  /** More options of `podman run`, for functions and jobs. */
  readonly runOptions?: readonly string[];
}

export interface World {
  readonly settings: Settings;
  readonly moto: Moto;
  readonly tags: TagBook;
  readonly work: Work;
  readonly clock: Clock;
  /** The address of the stand-in. */
  url(): string;
  /** What ends with the stand-in. */
  onStop(end: () => unknown): void;
}
