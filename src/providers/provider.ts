/** What a provider offers to the commands: how to set a workflow up, and what goes on in it. */
import type { Kinds, Resource } from '../deploy/resource.ts';
import type { Storage } from '../storage/storage.ts';
import type { Store } from '../storage/store.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';

/** What every provider may use of the world. */
export interface ProviderContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Sets a workflow up. `Facts` is what it must read before it knows what is desired. */
export interface Deployer<Facts = unknown> {
  resolve(workflow: Workflow): Promise<Facts>;
  /** Pure. */
  desired(workflow: Workflow, facts: Facts): readonly Resource[];
  /** `deleteData`: buckets may be deleted with what is in them. */
  kinds(workflow: Workflow, options: { readonly deleteData: boolean }): Kinds;
}

export interface InvocationQuery {
  readonly step?: string | undefined;
}

export interface LogQuery {
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

/** Looks at a workflow that is set up. */
export interface Runtime {
  /** In the order in which they were asked for. */
  invocations(workflow: Workflow, query: InvocationQuery): AsyncIterable<Invocation>;
  logs(workflow: Workflow, query: LogQuery): AsyncIterable<LogLine>;
  steps(workflow: Workflow): Promise<readonly DeployedStep[]>;
  /** Opens a store of the workflow. */
  storage(workflow: Workflow, store: Store): Storage;
}

export interface Provider {
  readonly deployer: Deployer;
  readonly runtime: Runtime;
}
