/** What came out of a workflow: the objects of its final outputs. */
import { parseUri } from '../storage/uri.ts';
import type { Invocation, ObjectRef } from './invocation.ts';
import { finalOutputs } from './links.ts';
import type { Output, Workflow } from './model.ts';

export interface ResultObject {
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** Id of the step that wrote it, and of the store. */
  readonly step: string;
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
  /** Where it goes below a folder of results: `<step>/<path below the output's prefix>`. */
  readonly path: string;
}

/** The objects that invocations wrote to outputs which no step reads; one that was written twice counts once. */
export function finalObjects(
  workflow: Workflow,
  invocations: readonly Invocation[],
): readonly ResultObject[] {
  const finals = new Map<string, Output[]>();
  for (const { step, output } of finalOutputs(workflow.steps, workflow.links)) {
    const folder = step.outputs[output];
    if (folder) finals.set(step.id, [...(finals.get(step.id) ?? []), folder]);
  }
  const found = invocations.flatMap(({ step, outputs }) =>
    outputs.flatMap((object) => resultOf(step, object, finals.get(step) ?? []) ?? []),
  );
  return [...new Map(found.map((object) => [object.uri, object])).values()];
}

function resultOf(
  step: string,
  { uri, size }: ObjectRef,
  folders: readonly Output[],
): ResultObject | undefined {
  const { provider, name = 'default', bucket, key } = parseUri(uri);
  const store = `${provider}.${name}`;
  const folder = folders.find(
    (each) => each.store === store && each.bucket === bucket && isBelow(each.prefix, key),
  );
  if (!folder) return undefined;
  const below = folder.prefix === '' ? key : key.slice(folder.prefix.length + 1);
  return { uri, size, step, store, bucket, key, path: `${step}/${below}` };
}

function isBelow(prefix: string, key: string): boolean {
  return prefix === '' || key.startsWith(`${prefix}/`);
}

/** An object that several inputs were written to: only what the last one wrote is left. */
export interface Overwritten {
  readonly uri: string;
  /** Id of the step that wrote it first. */
  readonly step: string;
  /** Ids of the invocations, one for each input. */
  readonly invocations: readonly string[];
}

/** Objects that invocations for different inputs wrote. One input that was run again replaces its own result only. */
export function overwritten(invocations: readonly Invocation[]): readonly Overwritten[] {
  const writers = new Map<string, Map<string, Invocation>>();
  for (const invocation of invocations.filter(({ outputsGuessed }) => !outputsGuessed)) {
    for (const { uri } of invocation.outputs) {
      const known = writers.get(uri) ?? new Map<string, Invocation>();
      writers.set(uri, known.set(invocation.input?.uri ?? invocation.id, invocation));
    }
  }
  return [...writers].flatMap(([uri, byInput]) => {
    const [first, ...others] = byInput.values();
    if (!first || others.length === 0) return [];
    return [{ uri, step: first.step, invocations: [first, ...others].map(({ id }) => id) }];
  });
}
