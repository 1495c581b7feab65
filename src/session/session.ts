/** What a session is: the types of all that can be done with the workflow of a file. */
import type { Diagnostic } from '../fdl/diagnostic.ts';
import type { ParameterValues } from '../fdl/parameters.ts';
import type { AccessPolicies, AccessRequest } from '../providers/provider.ts';
import type {
  CallResult,
  DeployedWorkflow,
  InvocationQuery,
  PutResult,
  WorkRequest,
  WorkResult,
} from '../providers/runtime.ts';
import type { StorageUri } from '../storage/uri.ts';
import type { Cost } from '../workflow/cost.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { RunReport } from '../workflow/report.ts';
import type { Trace } from '../workflow/trace.ts';
import type { AgainQuery, FoundAgain } from './again.ts';
import type { Why } from './cached.ts';
import type { CallOptions } from './call-content.ts';
import type { EstimateOptions } from './cost.ts';
import type { CarriedOut, Deployment, PlanOptions } from './deployment.ts';
import type { OpenedStore } from './files/place.ts';
import type { LinesQuery } from './lines.ts';
import type { Ended } from './notify.ts';
import type { GivenPrices } from './price-lists.ts';
import type { Purpose } from './read-file.ts';
import type { Fetched, FetchedObject, NotFetched, Places } from './results.ts';
import type { SessionSettings, Target } from './settings.ts';
import type { SourceOptions } from './sources.ts';

export interface OpenOptions extends SessionSettings {
  /** Name of the workflow, instead of the one the file gives. */
  readonly name?: string | undefined;
  /** What stands in the file, where there is none: such as what is read of a cluster. */
  readonly text?: string | undefined;
  /** By default `deploy`: whatever would keep it from being deployed is refused at once. */
  readonly purpose?: Purpose | undefined;
}

/** Which input of which step gets files. */
export interface Destination extends SourceOptions {
  /** Id of a step; by default the only one that no other step feeds. */
  readonly step?: string | undefined;
  /** Storage URI instead, such as `s3://bucket/folder`. */
  readonly to?: string | undefined;
}

export interface RunOptions extends Omit<WorkRequest, 'inputs' | 'watch' | 'again' | 'running'>, Destination {
  /** Folder that the final outputs are fetched to. */
  readonly output?: string | undefined;
  /** Uses the results of earlier invocations that still count: see `cached.ts`. */
  readonly cached?: boolean | undefined;
}

/** What became of files. */
export interface PutDone extends PutResult {
  /** How many files there were to put, with those that can be no objects. */
  readonly files: number;
}

/** What came of a run. */
export interface RunDone extends WorkResult {
  /** Of `rerun`: invocations whose input cannot be had again, with why, as a clause. */
  readonly lost?: FoundAgain['lost'];
  /** With `cached`: why steps ran for inputs that were there before. */
  readonly why?: readonly Why[] | undefined;
  /** How many files there were to put, with those that can be no objects. */
  readonly files: number;
  /** Final outputs, with their paths where they were fetched. */
  readonly outputs: readonly FetchedObject[];
  /** Final outputs that could not be fetched. */
  readonly notFetched: readonly NotFetched[];
}

/** What came of running again. */
export interface RerunDone extends RunDone {
  /** How many inputs were to be run again. */
  readonly chosen: number;
  readonly lost: FoundAgain['lost'];
}

export interface Session {
  /** As the file says. */
  readonly workflow: Workflow;
  readonly target: Target;
  /** What there is to say about the file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The values of the file's parameters. */
  readonly parameters: ParameterValues;
  /** Reads what is there and plans what is to be done. Changes nothing. */
  plan(options?: PlanOptions): Promise<Deployment>;
  /** Carries out a plan; by default, one that sets up what the file describes. */
  apply(deployment?: Deployment): Promise<CarriedOut>;
  /** Takes away what the workflow owns. Data stays, unless `deleteData`. */
  remove(options?: Omit<PlanOptions, 'remove'>): Promise<CarriedOut>;
  /** Puts files and folders where they trigger a step. @throws FdlError `source-not-found`, `step-not-deployed`, … */
  put(paths: readonly string[], destination?: Destination): Promise<PutDone>;
  /** Puts files, waits until nothing is left to do, and fetches the final outputs. */
  run(paths: readonly string[], options?: RunOptions): Promise<RunDone>;
  /**
   * Lets steps have inputs again that they had before, by default those that failed, with the scripts that are set up now,
   * and waits until nothing is left to do.
   * @throws FdlError `unknown-step`, `unknown-invocation`, `ambiguous-invocation`
   */
  rerun(
    query?: AgainQuery,
    options?: Omit<RunOptions, 'step' | 'to' | 'resume' | 'failed' | 'cached'>,
  ): Promise<RerunDone>;
  /** Does what arrives in the input folders of this machine, until the signal. */
  watch(options?: Omit<RunOptions, 'output'>): Promise<WorkResult>;
  /**
   * Tells those whom the file names in `on_failure` or `on_success` what came of a run; `run` and the like do not. Who cannot
   * be told is a note.
   */
  notify(ended: Ended): Promise<void>;
  /** Calls one step directly. @throws FdlError `unknown-step`, `not-callable`, `payload-unreadable`, … */
  call(step: string, options?: CallOptions): Promise<CallResult>;
  /** The least that whoever deploys must be permitted, where clouds have policies for that. */
  policies(request?: AccessRequest): Promise<AccessPolicies>;
  /** In the order in which they were asked for. */
  invocations(query?: InvocationQuery): AsyncIterable<Invocation>;
  /**
   * What an object (its URI, or the end of it) or an invocation (its id) was made of, and what came of it.
   * @throws FdlError `trace-unknown`, `trace-ambiguous`
   */
  trace(wanted: string, query?: Omit<InvocationQuery, 'step'>): Promise<Trace>;
  /** What invocations cost, by the prices that are known. Nobody is asked. @throws FdlError `prices-file-invalid`, … */
  cost(invocations: readonly Invocation[], prices?: GivenPrices): Promise<Cost>;
  /** What it would cost if each step ran so often, and so long. @throws FdlError `unknown-step`, `prices-file-invalid`, … */
  estimate(options?: EstimateOptions): Promise<Cost>;
  /** What its invocations came to: by steps, and what failed with its last lines. */
  report(query?: Omit<InvocationQuery, 'step'>): Promise<RunReport>;
  logs(query?: LinesQuery): AsyncIterable<LogLine>;
  /** The steps that are set up. */
  deployed(): Promise<DeployedWorkflow>;
  /**
   * Downloads objects to `<dir>/<step>/<name>`, of final outputs or of other `places`.
   * `patterns`: names that are wanted, with * and ?; by default all.
   */
  fetch(
    dir: string,
    places?: Places & { readonly patterns?: readonly string[] | undefined },
  ): Promise<Fetched>;
  /** The store that a URI names, as this workflow reaches it; nothing where it has none. */
  store(named: Pick<StorageUri, 'provider' | 'name'>): Promise<OpenedStore | undefined>;
}
