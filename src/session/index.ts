/**
 * A workflow in an FDL file, and everything that can be done with it: what commands, and programs that use `fdl` as a
 * library, start from. It writes nothing anywhere: it emits events and returns values.
 */
import { resolve } from 'node:path';
import type { Report } from '../deploy/outcome.ts';
import { FdlError } from '../errors.ts';
import type { Diagnostic } from '../fdl/diagnostic.ts';
import type { AccessPolicies, AccessRequest } from '../providers/provider.ts';
import { isSettled, type Opened, providerFor } from '../providers/registry.ts';
import type {
  CallMode,
  CallResult,
  DeployedWorkflow,
  Inputs,
  Put,
  PutResult,
  WorkRequest,
  WorkResult,
} from '../providers/runtime.ts';
import { filterText, takesKey } from '../workflow/filter.ts';
import type { Invocation, LogLine } from '../workflow/invocation.ts';
import type { Input, Workflow } from '../workflow/model.ts';
import type { RunReport } from '../workflow/report.ts';
import type { Trace } from '../workflow/trace.ts';
import type { AgainQuery } from './again.ts';
import { type CallOptions, callOf } from './call-content.ts';
import type { CarriedOut, Deployment, PlanOptions } from './deployment.ts';
import { during } from './events.ts';
import type { Files, FilesOptions } from './files/index.ts';
import { needAll, needFolder } from './known.ts';
import { linesOf } from './lines.ts';
import { declaredStore, entryStep, findStep, folderOf, storesOf } from './lookup.ts';
import { NOTHING_DONE } from './nothing-done.ts';
import { type ReadWorkflow, readFile } from './read-file.ts';
import {
  type Fetched,
  type FetchedObject,
  fetchListed,
  finalOutputsOf,
  type NotFetched,
  placesOf,
} from './results.ts';
import type { Destination, OpenOptions, Session } from './session.ts';
import { openWorkflow, providerContext, type Settings, settingsOf, type Target } from './settings.ts';
import { expandSources, shortList, skippedPuts } from './sources.ts';

export { FdlError } from '../errors.ts';
export type { Cost } from '../workflow/cost.ts';
export type { EstimateOptions } from './cost.ts';
export { type Examined, examine } from './doctor.ts';
export type { Activity, SessionEvent } from './events.ts';
export type {
  Extra,
  Files,
  FilesOptions,
  Moved,
  NotRemoved,
  Removal,
  Removed,
  Synced,
  SyncPlan,
} from './files/index.ts';
export type { Ended } from './notify.ts';
export type { GivenPrices } from './price-lists.ts';
export type {
  Destination,
  OpenOptions,
  PutDone,
  RerunDone,
  RunDone,
  RunOptions,
  Session,
} from './session.ts';
export { listDeployed, type Unreached } from './settings.ts';
export type {
  AccessPolicies,
  AccessRequest,
  AgainQuery,
  CallOptions,
  CallResult,
  CarriedOut,
  DeployedWorkflow,
  Deployment,
  Diagnostic,
  Fetched,
  FetchedObject,
  Invocation,
  LogLine,
  NotFetched,
  PlanOptions,
  Put,
  PutResult,
  Report,
  RunReport,
  Target,
  Trace,
  Workflow,
  WorkResult,
};

/**
 * Opens the workflow of an FDL file. Nothing is contacted yet.
 * @throws FdlError `file-not-found`, `file-invalid` (its `details` have all that is wrong)
 */
export async function open(file: string, options: OpenOptions = {}): Promise<Session> {
  const settings = settingsOf(options);
  const { name, text, purpose = 'deploy' } = options;
  return sessionOf(settings, await readFile(file, settings, { name, purpose, text }));
}

/**
 * Opens what works with files in stores, with or without a workflow: `put`, `get`, `list`, `copy`, `planSync`, `remove`.
 * Nothing is read or contacted yet.
 */
export async function openFiles(options: FilesOptions = {}): Promise<Files> {
  return (await import('./files/index.ts')).openFiles(options);
}

function sessionOf(settings: Settings, read: ReadWorkflow): Session {
  const { workflow, diagnostics, secrets, parameters } = read;
  const { emit, target } = settings;
  const context = providerContext(settings, secrets);
  const opened = (mode: CallMode = {}) => openWorkflow(settings, workflow, context, mode);
  // Who looks again and again asks for what is new only.
  let looked: Opened | undefined;
  const looking = async () => {
    looked ??= await opened();
    return looked;
  };
  const deploying = () => import('./deployment.ts');
  const inputsFrom = (paths: readonly string[], destination: Destination) =>
    findInputs(paths, destination, read, settings);
  const ready = async ({ provider }: Opened) => {
    if (provider.setsUpOnUse) await (await deploying()).setUp(settings, read);
  };
  const costing = async () => {
    return { workflow, settings, provider: await providerFor(workflow, target === 'local', context) };
  };
  return {
    workflow,
    target,
    diagnostics,
    parameters,
    plan: async (options) => (await deploying()).planDeployment(settings, read, options),
    async apply(deployment) {
      const { planDeployment, carryOut } = await deploying();
      return carryOut(settings, deployment ?? (await planDeployment(settings, read)));
    },
    async remove(options) {
      const { planDeployment, carryOut } = await deploying();
      return carryOut(settings, await planDeployment(settings, read, { ...options, remove: true }));
    },
    async put(paths, destination = {}) {
      const { inputs, notPut } = inputsFrom(paths, destination);
      const at = await opened();
      await ready(at);
      const done = await at.provider.runtime.put(at.workflow, inputs, emit);
      return { ...done, notPut: [...notPut, ...done.notPut], files: inputs.sources.length + notPut.length };
    },
    async run(paths, { output, step, to, followLinks, cached, ...options } = {}) {
      const given = givenInputs(paths, { step, to, followLinks }, options, inputsFrom, workflow.file);
      if (!given && isSettled(workflow, target === 'local', context)) return NOTHING_DONE;
      const at = await opened({ resume: options.resume });
      await ready(at);
      const inputs = given?.inputs;
      const done =
        cached && inputs
          ? await runCached(at, { ...options, inputs }, settings)
          : await at.provider.runtime.work(at.workflow, { ...options, inputs }, emit);
      const outputs = await finalOutputsOf(at.workflow, done.invocations, storesOf(at), { settings, output });
      const notPut = [...(given?.notPut ?? []), ...done.notPut];
      const files = given ? given.inputs.sources.length + given.notPut.length : 0;
      return { ...done, ...outputs, notPut, files };
    },
    async rerun(query = {}, { output, ...options } = {}) {
      if (query.step !== undefined) findStep(workflow, query.step);
      const at = await opened();
      await ready(at);
      const { findAgain } = await import('./again.ts');
      const all: Invocation[] = [];
      // Only all attempts tell whether an input failed for good.
      const since = query.invocations?.length ? undefined : query.since;
      for await (const each of at.provider.runtime.invocations(at.workflow, { since })) all.push(each);
      const { again, lost } = await findAgain(at.workflow, all, query, storesOf(at));
      const chosen = again.length + lost.length;
      if (again.length === 0) return { ...NOTHING_DONE, chosen, lost };
      const done = await at.provider.runtime.work(at.workflow, { ...options, again }, emit);
      const outputs = await finalOutputsOf(at.workflow, done.invocations, storesOf(at), { settings, output });
      return { ...done, ...outputs, files: 0, chosen, lost };
    },
    async watch(options = {}) {
      const at = await opened({ watch: true });
      await ready(at);
      return at.provider.runtime.work(at.workflow, { ...options, watch: true }, emit);
    },
    notify: async (ended) => (await import('./notify.ts')).notify(workflow, ended, settings, secrets),
    async call(step, options = {}) {
      findStep(workflow, step);
      if (options.data === undefined) needAll(read.unset, 'what the file says of calls');
      const at = await opened({ async: options.async, overHttp: options.http });
      const call = await callOf(findStep(at.workflow, step), options, { ...settings, workflow });
      await ready(at);
      return during(emit, { name: 'calling', step }, () =>
        at.provider.runtime.invoke(at.workflow, findStep(at.workflow, step), call, emit),
      );
    },
    async policies(request = {}) {
      needAll(read.unset);
      // Not what only the clouds know: nothing need be reached.
      const provider = await providerFor(workflow, target === 'local', context);
      return (await provider.policies?.(workflow, request)) ?? { accounts: [], notes: [] };
    },
    async *invocations(query = {}) {
      if (query.step !== undefined) findStep(workflow, query.step);
      const at = await looking();
      yield* at.provider.runtime.invocations(at.workflow, query);
    },
    trace: async (wanted, query = {}) => (await import('./trace.ts')).tracedIn(await opened(), query, wanted),
    async cost(invocations, given = {}) {
      const { costOfInvocations } = await import('./cost.ts');
      return costOfInvocations(await costing(), invocations, given);
    },
    async estimate(options = {}) {
      const { estimatedCost } = await import('./cost.ts');
      return estimatedCost(await costing(), options);
    },
    report: async (query = {}) => (await import('./report.ts')).reportOf(await opened(), query, target),
    async *logs(query = {}) {
      if (query.step !== undefined) findStep(workflow, query.step);
      const at = await opened();
      yield* linesOf(at, query);
    },
    async deployed() {
      const at = await opened({ list: true });
      return { workflow: at.workflow.name, steps: await at.provider.runtime.steps(at.workflow) };
    },
    async fetch(dir, { patterns = [], ...where } = {}) {
      const places = placesOf(workflow, where);
      const to = resolve(settings.workingDirectory, dir);
      return fetchListed(places, patterns, storesOf(await opened()), { settings, dir: to });
    },
    async store(named) {
      if (!declaredStore(workflow, named)) return undefined;
      const { provider, workflow: known } = await opened();
      const store = declaredStore(known, named);
      return store && { id: store.id, storage: provider.runtime.storage(known, store) };
    },
  };
}

async function runCached(at: Opened, request: WorkRequest & { inputs: Inputs }, settings: Settings) {
  return (await import('./run-cached.ts')).runCached(at, request, settings);
}

/** Files to put, and those that cannot be put. */
interface Found {
  readonly inputs: Inputs;
  readonly notPut: PutResult['notPut'];
}

function findInputs(
  paths: readonly string[],
  { step, to, followLinks }: Destination,
  { workflow }: ReadWorkflow,
  { workingDirectory, emit }: Settings,
): Found {
  const { files: sources, skipped, notes } = expandSources(paths, workingDirectory, { followLinks });
  for (const message of shortList(notes)) void emit({ type: 'note', message });
  const folder: Input = to ? folderOf(workflow, to) : entryStep(workflow, step).inputs[0];
  needFolder(folder, 'the folder that files are put to');
  for (const message of shortList(unfitting(sources, folder))) void emit({ type: 'note', message });
  return { inputs: { folder, sources }, notPut: skippedPuts(folder, skipped) };
}

function unfitting(sources: Found['inputs']['sources'], folder: Input): readonly string[] {
  const names = filterText(folder);
  if (names === undefined) return [];
  const others = sources.filter(({ name }) => !takesKey({ ...folder, prefix: '' }, name));
  return others.map(({ name }) => `${name} starts nothing: the input takes names that ${names}`);
}

/** @throws FdlError `no-inputs`: there is nothing to do */
function givenInputs(
  paths: readonly string[],
  destination: Destination,
  { resume }: Pick<WorkRequest, 'resume'>,
  inputsFrom: (paths: readonly string[], destination: Destination) => Found,
  file: string,
): Found | undefined {
  if (paths.length > 0) return inputsFrom(paths, destination);
  if (resume) return undefined;
  throw new FdlError('no-inputs', 'no input files are given', {
    hint: `Name them: fdl run ${file} FILE… ; to finish what an earlier run left: --resume.`,
    exitCode: 2,
  });
}
