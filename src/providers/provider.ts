/** What a provider offers: how to set a workflow up, what goes on in it (`runtime.ts`), and what it charges. */
import type { PlannedAction } from '../deploy/action.ts';
import type { Description, Target } from '../deploy/description.ts';
import type { Kinds, Ref, Resource } from '../deploy/resource.ts';
import type { Charges } from '../workflow/cost.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { PriceOf } from '../workflow/prices.ts';
import type { Check } from './check.ts';
import type { Runtime } from './runtime.ts';

/** What a command line asks of providers besides what the file says. */
export interface ProviderOptions {
  /** Takes the latest runtime image of steps that are deployed already. */
  readonly updateRuntime?: boolean | undefined;
  /** Removes also what a provider would leave out of caution. */
  readonly force?: boolean | undefined;
  /** Removes these services and nothing else, whoever made them: by their names, and where they are. */
  readonly services?: readonly string[] | undefined;
  /** Nobody is asked: what only an account or a cluster knows is `KNOWN_AFTER_APPLY`. To plan, and for nothing else. */
  readonly offline?: boolean | undefined;
}

/** What every provider may use of the world. */
export interface ProviderContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Where local state is looked for when no file says it. */
  readonly workingDirectory?: string | undefined;
  readonly options?: ProviderOptions | undefined;
  /** Texts that no log may show. */
  readonly secrets?: readonly string[] | undefined;
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
  /** Pure. The places that it deploys to, in the order of the file. */
  targets?(workflow: Workflow, facts: Facts): readonly Target[];
  /** What an action on one of its kinds means in words; nothing where its properties say enough. May read scripts. */
  describe?(workflow: Workflow, facts: Facts, action: PlannedAction): Description | undefined;
  /** Pure. What people should know before they deploy, such as an address that is open to everybody: whole sentences. */
  notes?(workflow: Workflow, facts: Facts): readonly string[];
}

/** What somebody who deploys is to be permitted. */
export interface AccessRequest {
  /** By default all that can be done with a workflow. */
  readonly use?: 'apply' | 'rm' | 'run' | 'look' | undefined;
  /** Instead of the account that the credentials belong to. */
  readonly account?: string | undefined;
  /** Whose pipeline is to be trusted. */
  readonly github?:
    | {
        /** `OWNER/REPOSITORY`. */
        readonly repository: string;
        readonly branch?: string | undefined;
        readonly environment?: string | undefined;
      }
    | undefined;
}

/** Policies for each account that a workflow is deployed to, as the cloud takes them. */
export interface AccessPolicies {
  readonly accounts: readonly {
    readonly account: string;
    readonly policies: readonly object[];
    readonly trust?: object | undefined;
  }[];
  /** Whole sentences for people. */
  readonly notes: readonly string[];
}

/** What a provider charges for the steps of a workflow. */
export interface Tariff {
  /** What is charged for an invocation that was. */
  chargesOf(invocation: Invocation): Charges;
  /** What would be charged for one of a step, by its id, that takes so many seconds. */
  expected(step: string, seconds: number): Charges;
}

export interface Provider {
  readonly deployer: Deployer;
  readonly runtime: Runtime;
  /** Setting up costs nothing: whoever uses a workflow need not ask for it. */
  readonly setsUpOnUse?: boolean | undefined;
  /**
   * The workflow with what only this provider knows of it: endpoint and credentials of a cluster's own store. Comes before
   * everything else, and for all providers before any of them resolves.
   */
  complete?(workflow: Workflow): Promise<Workflow>;
  /** What may keep the workflow, or any, from being deployed or run. Nothing is contacted before they are run. */
  checks?(workflow: Workflow | undefined): readonly Check[];
  /** The least that somebody must be permitted; absent where a cloud has no such policies. */
  policies?(workflow: Workflow, request: AccessRequest): Promise<AccessPolicies>;
  /** What it charges, by these prices; absent where nobody knows what its work costs. Nobody is asked. */
  tariff?(workflow: Workflow, priceOf: PriceOf): Promise<Tariff>;
}
