/** Which step's output triggers which step. */
import type { Folder, Link, Step } from './model.ts';

/** Whether every object that is written below `inner` lies below `outer`. */
export function contains(outer: Folder, inner: Folder): boolean {
  if (outer.namespace !== inner.namespace || outer.bucket !== inner.bucket) return false;
  return outer.prefix === '' || inner.prefix === outer.prefix || inner.prefix.startsWith(`${outer.prefix}/`);
}

/**
 * An output feeds every input that listens to its folder or to one above it. In the order of the steps; found by
 * bucket, so that thousands of steps do not have to be compared with each other.
 */
export function linksOf(steps: readonly Step[]): readonly Link[] {
  const listeners = new Map<string, { to: string; input: number; folder: Folder }[]>();
  for (const step of steps) {
    for (const [input, folder] of step.inputs.entries()) {
      const key = bucketKey(folder);
      const known = listeners.get(key);
      const listener = { to: step.id, input, folder };
      if (known) known.push(listener);
      else listeners.set(key, [listener]);
    }
  }
  return steps.flatMap(({ id, outputs }) =>
    outputs.flatMap((written, output) =>
      (listeners.get(bucketKey(written)) ?? [])
        .filter(({ folder }) => contains(folder, written))
        .map(({ to, input }) => ({ from: id, to, output, input })),
    ),
  );
}

function bucketKey({ namespace, bucket }: Folder): string {
  return `${namespace}/${bucket}`;
}

/** Steps that no other step feeds, in the order of the file: where files are put. */
export function entrySteps(steps: readonly Step[], links: readonly Link[]): readonly Step[] {
  const fed = new Set(links.filter(({ from, to }) => from !== to).map(({ to }) => to));
  return steps.filter(({ id, inputs }) => inputs.length > 0 && !fed.has(id));
}

/** An output that no step reads: what a workflow is run for. */
export interface FinalOutput {
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
