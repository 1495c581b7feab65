/** What goes on in a workflow on AWS: its steps, their logs and invocations, its stores, and calls of steps. */
import { FdlError } from '../../../errors.ts';
import type { Delay } from '../../../retry.ts';
import type { Step, Workflow } from '../../../workflow/model.ts';
import { cloudWork, type Looks } from '../../cloud-work.ts';
import type { Call, CallResult, Runtime } from '../../runtime.ts';
import type { Clients } from '../api/clients.ts';
import { type AwsStep, isAws } from '../dialect/step.ts';
import { deployedWorkflows } from './deployed.ts';
import { openInvocations } from './invocations.ts';
import { invokeFunction, notDeployed } from './invoke.ts';
import { invokeOverHttp, openSigner, type SendCall, type Sign, sendCall } from './invoke-http.ts';
import { jobResult, jobsIn } from './job-calls.ts';
import { openJobLook } from './job-invocations.ts';
import { openStreams } from './jobs.ts';
import { deployedKeys } from './keys.ts';
import { readLogs } from './logs.ts';
import { openEvents, type ReadEvents } from './reader.ts';
import { logSources, type SiteOf } from './sources.ts';
import { addressed, deployedSteps, functionState, stepUrl } from './steps.ts';
import { awsStorage } from './storage.ts';

interface AwsRuntimeDeps {
  readonly clients: Clients;
  /** Where a step is deployed to; asked with empty settings for where everything is that says nothing. */
  readonly siteOf: SiteOf;
  /** Ends what is followed, and every call. */
  readonly signal: AbortSignal;
  /** How to wait between two looks; by the clock by default. */
  readonly delay?: Delay | undefined;
  /** Milliseconds since 1970. */
  readonly clock?: (() => number) | undefined;
  /** How requests over HTTP are signed and sent. */
  readonly sign?: Sign | undefined;
  readonly send?: SendCall | undefined;
}

/** Looks at the steps of a workflow that are on AWS. Nothing is contacted before something is asked for. */
export function awsRuntime(deps: AwsRuntimeDeps): Runtime {
  const { clients, siteOf, signal, delay, clock = Date.now } = deps;
  const read = openEvents(clients, signal);
  const readInvocations = openInvocations({ read, clock });
  const completeByJobs = openJobLook({ clients, siteOf, signal, clock });
  const streamsOf = openStreams(clients, signal);
  const looks: Looks = {
    async *invocations(workflow, { step, since }) {
      const sources = await logSources(workflow, step, siteOf);
      const from = since === undefined ? undefined : Date.parse(since);
      const logged = await readInvocations(sources, from);
      yield* await completeByJobs(workflow, { step, since: from }, logged);
    },
    async *logs(workflow, query) {
      const sources = await logSources(workflow, query.step, siteOf);
      yield* readLogs(sources, query, { read, streamsOf, signal, delay, clock });
    },
    steps: (workflow) => deployedSteps(workflow, deps),
    storage: (workflow, store) => awsStorage(workflow, store, siteOf),
  };
  const calls: Pick<Runtime, 'invoke'> = {
    invoke: (workflow, step, call) => invoke(workflow, awsStep(step), call, deps, read),
  };
  return {
    ...looks,
    ...calls,
    keys: (workflow) => deployedKeys(workflow, deps),
    ...cloudWork({ ...looks, ...calls }, signal),
    deployed: async () => deployedWorkflows({ clients, signal, site: await siteOf(NOWHERE) }),
  };
}

/** A step that says nothing about where it is. */
const NOWHERE = { settings: {} } as AwsStep;

function awsStep(step: Step): AwsStep {
  if (isAws(step)) return step;
  throw new Error(`the step ${step.id} is not on AWS`);
}

/** A function of that name which is somebody else's is not called. */
async function invoke(
  workflow: Workflow,
  step: AwsStep,
  call: Call,
  deps: AwsRuntimeDeps,
  read: ReadEvents,
): Promise<CallResult> {
  const { clients, siteOf, signal } = deps;
  const site = await siteOf(step);
  const state = await functionState(workflow.name, { site, name: step.name }, deps);
  if (state === undefined) throw notDeployed(step.id);
  if (!call.overHttp) return invokeDirectly(workflow, step, call, deps, read);
  const url = await stepUrl(workflow.name, addressed(step), site, deps);
  if (url === undefined) throw noAddress(step.id);
  const { sign = openSigner(clients), send = sendCall } = deps;
  return invokeOverHttp(url, step, call, { site, sign, send, signal });
}

/** A step's function does it or passes it on; whoever waits for the answer waits for the jobs, too. */
async function invokeDirectly(
  workflow: Workflow,
  step: AwsStep,
  call: Call,
  { clients, siteOf, signal, delay }: AwsRuntimeDeps,
  read: ReadEvents,
): Promise<CallResult> {
  const site = await siteOf(step);
  // What passes events on answers at once with the ids of jobs.
  const passing = step.mode === 'batch' && !call.dryRun;
  const called = await invokeFunction(
    clients,
    site,
    step,
    passing ? { ...call, async: false } : call,
    signal,
  );
  const jobs = jobsIn(called);
  const source = (await logSources(workflow, step.id, siteOf)).find((each) => each.jobs);
  if (jobs.length === 0 || !source) return called;
  if (call.async) return { status: 'accepted', body: new Uint8Array(), requestId: jobs.join(' ') };
  return jobResult(jobs, source, called, { clients, signal, read, delay });
}

function noAddress(step: string): FdlError {
  const hint =
    'Give it one (`lambda.function_url: true` or `api_gateway.name`) and apply, or leave --http out.';
  return new FdlError('no-address', `the step "${step}" has no address over HTTP`, { hint });
}
