/** What a provider offers to the commands: how to set a workflow up, and what goes on in it. */
import type { Kinds, Ref, Resource } from '../deploy/resource.ts';
import type { Storage } from '../storage/storage.ts';
import type { Store } from '../storage/store.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import type { Step, Workflow } from '../workflow/model.ts';

/** What a command line asks of providers besides what the file says. */
export interface ProviderOptions {
  /** Takes the latest runtime image of steps that are deployed already. */
  readonly updateRuntime?: boolean | undefined;
  /** Removes also what a provider would leave out of caution. */
  readonly force?: boolean | undefined;
}

/** What every provider may use of the world. */
export interface ProviderContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Where local state is looked for when no file says it. */
  readonly workingDirectory?: string | undefined;
  readonly options?: ProviderOptions | undefined;
}

/** What `resolve` is asked for: to remove a workflow, less needs to be known and less may be missing. */
export type Purpose = 'apply' | 'remove';

/** What a provider may know of the steps of others. */
export interface Neighbours {
  /** The address over HTTP of a step that has one, as an attribute of the resource that makes it. */
  endpoint(step: string): Ref | undefined;
}

/**
 * Sets the steps of one provider up. `Facts` is what it must read before it knows what is desired. What fails for some of
 * the steps only belongs into the facts, for the `read` of their resources to throw: then it does not stop the others.
 */
export interface Deployer<Facts = unknown> {
  resolve(workflow: Workflow, purpose: Purpose): Promise<Facts>;
  /** Pure. Without a part of the facts, when a workflow is removed, ids and dependencies are still right. */
  desired(workflow: Workflow, facts: Facts, neighbours: Neighbours): readonly Resource[];
  /** `deleteData`: buckets may be deleted with what is in them. `facts` as `resolve` gave them. */
  kinds(workflow: Workflow, facts: Facts, options: { readonly deleteData: boolean }): Kinds;
  /** The address over HTTP of a step of this provider. */
  endpoint?(workflow: Workflow, step: string, facts: Facts): Ref | undefined;
  /** Pure. What people should know before they deploy, such as an address that is open to everybody: whole sentences. */
  notes?(workflow: Workflow, facts: Facts): readonly string[];
}

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
  readonly state: string;
  readonly url?: string;
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
}

export interface CallResult {
  readonly status: 'succeeded' | 'failed' | 'accepted';
  /** What the script wrote. */
  readonly body: Uint8Array;
  readonly requestId?: string | undefined;
  /** The last lines of the log, where the call gives them. */
  readonly log?: string | undefined;
  /** Why it failed, as a sentence for people. */
  readonly reason?: string | undefined;
}

/** A workflow that is set up, whatever file it came from. */
export interface DeployedWorkflow {
  readonly workflow: string;
  readonly steps: readonly DeployedStep[];
}

/** Looks at a workflow that is set up. */
export interface Runtime {
  /** In the order in which they were asked for. */
  invocations(workflow: Workflow, query: InvocationQuery): AsyncIterable<Invocation>;
  logs(workflow: Workflow, query: LogQuery): AsyncIterable<LogLine>;
  steps(workflow: Workflow): Promise<readonly DeployedStep[]>;
  /** Opens a store of the workflow. */
  storage(workflow: Workflow, store: Store): Storage;
  /** Calls a step directly. Absent where the commands run steps themselves: on this machine. */
  invoke?(workflow: Workflow, step: Step, call: Call): Promise<CallResult>;
  /** Everything that is set up, as far as the environment says where to look. */
  deployed(missed?: Missed): Promise<readonly DeployedWorkflow[]>;
}

export interface Provider {
  readonly deployer: Deployer;
  readonly runtime: Runtime;
  /**
   * The workflow with what only this provider knows of it: endpoint and credentials of a cluster's own store. Comes before
   * everything else, and for all providers before any of them resolves.
   */
  complete?(workflow: Workflow): Promise<Workflow>;
}
