/** Which step's output triggers which step. */
import { mayShare } from './filter.ts';
import type { Folder, Input, Link, Step, Workflow } from './model.ts';

/** Longest key of an object, in bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY = 1024;

/** A text for the folder and for each folder above it, from the bucket downwards; equal texts mean equal folders. */
export function folderKeys({ namespace, bucket, prefix }: Folder): readonly string[] {
  const root = JSON.stringify([namespace, bucket]);
  const keys = prefix === '' ? [] : [root];
  for (let at = prefix.indexOf('/'); at >= 0 && at <= LONGEST_KEY; at = prefix.indexOf('/', at + 1)) {
    keys.push(`${root}${prefix.slice(0, at)}`);
  }
  return [...keys, `${root}${prefix}`];
}

/**
 * An output feeds every input that listens to its folder or to one above it, unless no name can be for both. In the order of the steps; looked up by
 * folder, so that thousands of steps do not have to be compared with each other.
 */
export function linksOf(steps: readonly Step[]): readonly Link[] {
  const listeners = new Map<string, { to: string; input: number; place: number; folder: Input }[]>();
  let place = 0;
  for (const step of steps) {
    for (const [input, folder] of step.inputs.entries()) {
      const key = folderKeys(folder).at(-1) ?? '';
      const known = listeners.get(key);
      const listener = { to: step.id, input, place: place++, folder };
      if (known) known.push(listener);
      else listeners.set(key, [listener]);
    }
  }
  return steps.flatMap(({ id, outputs }) =>
    outputs.flatMap((written, output) =>
      folderKeys(written)
        .flatMap((key) => listeners.get(key) ?? [])
        .filter(({ folder }) => mayShare(written, folder))
        .sort((a, b) => a.place - b.place)
        .map(({ to, input }) => ({ from: id, to, output, input })),
    ),
  );
}

/** Steps that no other step feeds, in the order of the file: where files are put. */
export function entrySteps(steps: readonly Step[], links: readonly Link[]): readonly Step[] {
  const fed = new Set(links.filter(({ from, to }) => from !== to).map(({ to }) => to));
  return steps.filter(({ id, inputs }) => inputs.length > 0 && !fed.has(id));
}

/** An output that no step reads: what a workflow is run for. */
interface FinalOutput {
  readonly step: Step;
  readonly output: number;
}

/** All final outputs, in the order of the file. */
export function finalOutputs(steps: readonly Step[], links: readonly Link[]): readonly FinalOutput[] {
  const read = new Set(links.map(({ from, output }) => `${from}#${output}`));
  return steps.flatMap((step) =>
    step.outputs.flatMap((_folder, output) => (read.has(`${step.id}#${output}`) ? [] : [{ step, output }])),
  );
}

// The order in which files flow through a workflow.

/** Ids of all steps, each behind those that feed it; the steps of a circle in the order of the file. */
export function stepOrder({ steps, links }: Workflow): readonly string[] {
  const waits = new Map(steps.map(({ id }) => [id, new Set<string>()]));
  const feeds = new Map<string, string[]>();
  for (const { from, to } of links) {
    if (from === to || waits.get(to)?.has(from)) continue;
    waits.get(to)?.add(from);
    feeds.set(from, [...(feeds.get(from) ?? []), to]);
  }
  const order: string[] = [];
  const ready = steps.map(({ id }) => id).filter((id) => waits.get(id)?.size === 0);
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    for (const next of feeds.get(id) ?? []) {
      waits.get(next)?.delete(id);
      if (waits.get(next)?.size === 0) ready.push(next);
    }
  }
  const ordered = new Set(order);
  return [...order, ...steps.map(({ id }) => id).filter((id) => !ordered.has(id))];
}
