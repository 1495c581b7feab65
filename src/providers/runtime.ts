/** What a provider offers of work: putting inputs, running, calling and following steps, and what went on in them. */
import type { ObjectInfo, Storage } from '../storage/storage.ts';
import type { Store } from '../storage/store.ts';
import type { TransferProgress } from '../storage/transfer.ts';
import type { Invocation, InvocationStatus, LogLine, ObjectRef } from '../workflow/invocation.ts';
import type { Folder, Step, Workflow } from '../workflow/model.ts';

/** Is told of places that do not answer, which then do not hide what others say; without it, they are thrown. */
export type Missed = (thrown: unknown) => void;

export interface InvocationQuery {
  readonly missed?: Missed | undefined;
  readonly step?: string | undefined;
  /** ISO 8601: those that were asked for from then on, as far as a provider can tell. */
  readonly since?: string | undefined;
}

export interface LogQuery {
  readonly missed?: Missed | undefined;
  readonly step?: string | undefined;
  readonly invocation?: string | undefined;
  /** ISO 8601: lines from then on. */
  readonly since?: string | undefined;
  /** Lines that contain this text. */
  readonly filter?: string | undefined;
  /** Goes on as more is written, until the signal of the context. */
  readonly follow?: boolean | undefined;
}

/** One step that is set up. */
export interface DeployedStep {
  readonly step: string;
  readonly provider: string;
  readonly mode: string;
  /** Where it is, of a provider that may be at several places at once, such as the id of a cluster. */
  readonly place?: string;
  readonly state: string;
  readonly url?: string;
  /** The script of the file is another one than what is set up; absent where it is the same, or nobody knows. */
  readonly scriptDiffers?: true;
}

/** A direct call of a step. */
export interface Call {
  /** An event, or anything else, which becomes the input; bytes are either. */
  readonly payload: unknown;
  /** Answers as soon as the call is accepted. */
  readonly async: boolean;
  /** By the step's address over HTTP rather than directly. */
  readonly overHttp?: boolean | undefined;
  /** Of a call over HTTP: parameters of the query. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /** Only asks whether the call is allowed. */
  readonly dryRun?: boolean | undefined;
  /** What runs containers, where that is on this machine. */
  readonly engine?: EngineChoice | undefined;
}

export interface CallResult {
  readonly status: Exclude<InvocationStatus, 'queued' | 'running'> | 'accepted';
  /** What the script wrote. */
  readonly body: Uint8Array;
  readonly requestId?: string | undefined;
  /** Files that it stored, as far as the answer and the log tell; absent where they do not. */
  readonly outputs?: readonly ObjectRef[] | undefined;
  /** The last lines of the log, where the call gives them. */
  readonly log?: string | undefined;
  /** The log has nothing of the answer in it. */
  readonly isLogApart?: boolean | undefined;
  /** Why it failed, as a sentence for people. */
  readonly reason?: string | undefined;
}

/** A workflow that is set up, whatever file it came from. */
export interface DeployedWorkflow {
  readonly workflow: string;
  readonly steps: readonly DeployedStep[];
}

/** What runs containers on this machine; `host` runs scripts without their image. */
export type EngineChoice = 'auto' | 'docker' | 'podman' | 'host';

/** A file of this machine that is to become an object. */
export interface SourceFile {
  readonly path: string;
  /** Below the folder that it is put to. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** Files, and the folder that they are put to. */
export interface Inputs {
  readonly folder: Folder;
  readonly sources: readonly SourceFile[];
}

/** A file and the object that it becomes. */
interface Placed {
  readonly path: string;
  /** Id of the store. */
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
}

/** A file that is in its bucket now. */
export interface Put extends Placed {
  /** Bytes. */
  readonly size: number;
}

/** A file that could not be put, and why, as a sentence. */
export interface NotPut extends Placed {
  readonly reason: string;
}

export interface PutResult {
  readonly puts: readonly Put[];
  readonly notPut: readonly NotPut[];
  /** Whether nothing is there that works on what was put: it waits until something is. */
  readonly isIdle?: boolean;
}

/** An object that a step is to have again, though it arrived before. */
export interface Again {
  /** Id of the step. */
  readonly step: string;
  /** Id of the store, and the namespace of its buckets. */
  readonly store: string;
  readonly namespace: string;
  readonly bucket: string;
  readonly object: ObjectInfo;
}

/** What is to be worked on, and how. */
export interface WorkRequest {
  /** Put before. */
  readonly inputs?: Inputs | undefined;
  /** Inputs that are there, and that their steps are to have again. */
  readonly again?: readonly Again[] | undefined;
  /** What goes on already: waited for as well. */
  readonly running?: readonly Invocation[] | undefined;
  /** Does what earlier ones left, too, where nothing else does. */
  readonly resume?: boolean | undefined;
  /** With `resume`: does again what failed. */
  readonly failed?: boolean | undefined;
  /** Does what arrives in the input folders until the signal, where nothing else does. */
  readonly watch?: boolean | undefined;
  /** Seconds to wait for steps that run elsewhere; by default as long as something changes within an hour. */
  readonly timeout?: number | undefined;
  /** Of steps that run on this machine: what runs containers, and how many scripts at a time. */
  readonly engine?: EngineChoice | undefined;
  readonly concurrency?: number | undefined;
  /** How often what failed is tried again, on this machine and on clouds. */
  readonly retries?: number | undefined;
}

/** An invocation that did not succeed, with the last lines that its script wrote. */
export interface Failure {
  readonly invocation: Invocation;
  readonly lastLines: readonly string[];
}

/** What came of work. */
export interface WorkResult extends PutResult {
  /** One for each input of a step. */
  readonly invocations: readonly Invocation[];
  readonly failures: readonly Failure[];
  /** Attempts that failed and were followed by another, as `retries` says: they are not among `invocations`. */
  readonly attempts: readonly Invocation[];
  /** Inputs that are not through. */
  readonly left: number;
  /** Nobody needs to do what is left: the steps go on by themselves. */
  readonly goesOn: boolean;
  /** Nobody waits any longer, though something is left. */
  readonly timedOut: boolean;
  /** Inputs that failed before; only with `resume`. */
  readonly failedBefore: readonly Invocation[];
  /** What the machine lacks, as a clause, because of which work is left. */
  readonly fault?: string | undefined;
}

export interface Counts {
  readonly waiting: number;
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
}

export interface StepCounts extends Counts {
  readonly step: string;
}

/** Something that takes a while, and how far it is. */
export type WorkActivity =
  | { readonly name: 'starting' }
  | { readonly name: 'waiting' }
  /** `steps`: the same for each step with any, in the order in which files flow. */
  | { readonly name: 'working'; readonly counts: Counts; readonly steps: readonly StepCounts[] }
  /** `total`: bytes of all files. */
  | { readonly name: 'uploading'; readonly moved: TransferProgress; readonly total: number };

/** What is said while work goes on. */
export type WorkEvent =
  /** It begins or goes on; without an activity, the last one is over. */
  | { readonly type: 'activity'; readonly activity?: WorkActivity | undefined }
  /** A sentence for people. */
  | { readonly type: 'note'; readonly message: string }
  | { readonly type: 'line'; readonly line: LogLine }
  /** An invocation is over. Those on this machine say so at once; others are in the result only. */
  | { readonly type: 'ended'; readonly invocation: Invocation; readonly lastLines: readonly string[] }
  /** Somebody wants it to stop: scripts that run are told to end within that many milliseconds. */
  | { readonly type: 'stopping'; readonly running: number; readonly grace: number }
  /** Files that are put into these folders start their steps from now on. */
  | { readonly type: 'watching'; readonly folders: readonly WatchedFolder[] }
  /** A file in such a folder can be no object. */
  | { readonly type: 'skipped'; readonly uri: string; readonly reason: string };

export interface WatchedFolder {
  readonly step: string;
  readonly folder: Folder;
  /** On this machine. */
  readonly path: string;
}

/** Takes events. Where it answers a promise, the beginning of an activity waits for that. */
export type Emit<E> = (event: E) => void | Promise<void>;

/** What a command line may ask for that not every provider has. */
export interface CallMode {
  readonly resume?: boolean | undefined;
  readonly watch?: boolean | undefined;
  /** Nothing is asked for but which steps there are: no store is opened. */
  readonly list?: boolean | undefined;
  /** Of a call. */
  readonly async?: boolean | undefined;
  readonly overHttp?: boolean | undefined;
}

/** Works with a workflow that is set up, and looks at it. */
export interface Runtime {
  /**
   * Refuses what is not to be had here, before anything is asked.
   * @throws FdlError with what to do instead
   */
  check(workflow: Workflow, mode: CallMode): void;
  /**
   * Puts files where they trigger steps, without waiting for what comes of it.
   * @throws FdlError `step-not-deployed`
   */
  put(workflow: Workflow, inputs: Inputs, emit: Emit<WorkEvent>): Promise<PutResult>;
  /**
   * Puts inputs and has everything done that they set off: on this machine it does it, elsewhere it waits for it.
   * Interrupted by the signal of the context, it answers what was done so far.
   * @throws FdlError `step-not-deployed`, `nothing-triggered`, `locked`
   */
  work(workflow: Workflow, request: WorkRequest, emit: Emit<WorkEvent>): Promise<WorkResult>;
  /**
   * Calls a step directly.
   * @throws FdlError `step-not-deployed`, `no-address` (over HTTP, of a step that has no address), `no-background` (without
   * waiting, where nothing runs in the background), `not-callable` (what the step serves takes requests of its own kind)
   */
  invoke(workflow: Workflow, step: Step, call: Call, emit?: Emit<WorkEvent>): Promise<CallResult>;
  /** In the order in which they were asked for. */
  invocations(workflow: Workflow, query: InvocationQuery): AsyncIterable<Invocation>;
  logs(workflow: Workflow, query: LogQuery): AsyncIterable<LogLine>;
  steps(workflow: Workflow): Promise<readonly DeployedStep[]>;
  /**
   * What results of steps depend on besides their input, as steps would run now: see `workflow/key.ts`. Steps of which it is
   * not known are left out; absent where records never say it. `engine`: what runs containers, where that is on this machine.
   */
  keys?(workflow: Workflow, engine?: EngineChoice): Promise<ReadonlyMap<string, string>>;
  /** Opens a store of the workflow. */
  storage(workflow: Workflow, store: Store): Storage;
  /** Everything that is set up, as far as the environment says where to look. */
  deployed(missed?: Missed): Promise<readonly DeployedWorkflow[]>;
}
