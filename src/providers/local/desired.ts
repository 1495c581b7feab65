/** What a workflow looks like on this machine: a folder for every bucket, a record for every step. */
import type { Resource } from '../../deploy/resource.ts';
import { readPayload } from '../../image/layer/payload.ts';
import { Secret } from '../../secret.ts';
import { filterText } from '../../workflow/filter.ts';
import type { Folder, Input, Step, Workflow } from '../../workflow/model.ts';
import { readScript } from '../script.ts';
import { type BucketProps, bucketId } from './kinds/bucket.ts';
import { fileSystemId } from './kinds/file-system.ts';
import { historyId } from './kinds/history.ts';
import { type StepProps, scriptHash, stepResourceId } from './kinds/step.ts';

/** Hashes of what a step takes along. */
interface StepHashes {
  readonly script?: string;
  readonly payload?: string;
}

/** The hashes of each step, by its id. */
export type LocalFacts = ReadonlyMap<string, StepHashes>;

/** Steps that handle files: those that only answer requests are not run here. */
export function runnableSteps(workflow: Workflow): readonly Step[] {
  return workflow.steps.filter(({ serves }) => !serves);
}

/** Reads scripts and further files. @throws FdlError `script-unreadable`, `payload-invalid` */
export async function localFacts(workflow: Workflow): Promise<LocalFacts> {
  const facts = new Map<string, StepHashes>();
  for (const { id, script, payload } of runnableSteps(workflow)) {
    facts.set(id, {
      ...(script && { script: scriptHash(readScript(script)) }),
      ...(payload && { payload: (await readPayload(payload.path, '')).digest }),
    });
  }
  return facts;
}

/** Pure: the resources of a workflow, given what its scripts and further files are. */
export function localDesired(workflow: Workflow, facts: LocalFacts): readonly Resource[] {
  const steps = runnableSteps(workflow);
  const folders = steps.flatMap(foldersOf);
  const buckets = new Map(folders.map((folder) => [idOfBucket(workflow, folder), bucketProps(folder)]));
  const systems = new Map(
    steps.flatMap(({ mounts = [] }) => mounts.map(({ id }) => [fileSystemId(workflow.name, id), id])),
  );
  const history = historyId(workflow.name);
  if (steps.length === 0) return [];
  return [
    { id: history, kind: 'local/history', props: { workflow: workflow.name }, dependsOn: [] },
    ...[...buckets].map(([id, props]) => ({ id, kind: 'local/bucket', props, dependsOn: [] })),
    ...[...systems].map(([id, fileSystem]) => {
      return { id, kind: 'local/file-system', props: { fileSystem }, dependsOn: [] };
    }),
    ...steps.map((step) => ({
      id: stepResourceId(workflow.name, step.id),
      kind: 'local/step',
      step: step.id,
      props: stepProps(step, facts.get(step.id) ?? {}),
      dependsOn: [history, ...new Set(dataOf(workflow, step))],
    })),
  ];
}

/** What holds the data that a step works with. */
function dataOf(workflow: Workflow, step: Step): readonly string[] {
  return [
    ...foldersOf(step).map((folder) => idOfBucket(workflow, folder)),
    ...(step.mounts ?? []).map(({ id }) => fileSystemId(workflow.name, id)),
  ];
}

function foldersOf({ inputs, outputs }: Step): readonly Folder[] {
  return [...inputs, ...outputs];
}

function bucketProps({ namespace, bucket }: Folder): BucketProps {
  return { namespace, bucket };
}

function idOfBucket(workflow: Workflow, folder: Folder): string {
  return bucketId(workflow.name, bucketProps(folder));
}

function inputText({ store, bucket, prefix, ...filter }: Input): string {
  const which = filterText(filter);
  return `${store}://${bucket}/${prefix}${which === undefined ? '' : ` (names that ${which})`}`;
}

/** Plain data that tells whether a step has changed. Of secrets only the names. */
function stepProps(step: Step, { script, payload }: StepHashes): StepProps {
  const variables = Object.entries(step.environment).filter(([, value]) => !(value instanceof Secret));
  const secrets = Object.entries(step.environment).filter(([, value]) => value instanceof Secret);
  return {
    step: step.id,
    provider: step.provider,
    mode: step.mode,
    ...(step.image && { image: step.image }),
    ...(script && { script }),
    ...(payload && { payload }),
    ...(step.mounts && { mounts: step.mounts.map(({ id, path }) => `${id} at ${path}`) }),
    inputs: step.inputs.map(inputText),
    outputs: step.outputs.map(({ store, bucket, prefix, prefixes, suffixes }) => {
      return { folder: `${store}://${bucket}/${prefix}`, prefixes, suffixes };
    }),
    environment: Object.fromEntries(variables) as Readonly<Record<string, string>>,
    secrets: secrets.map(([name]) => name),
    limits: { ...step.limits },
  };
}
