/** Which step's output triggers which step. */
import type { Folder, Link, Step } from './model.ts';

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
 * An output feeds every input that listens to its folder or to one above it. In the order of the steps; looked up by
 * folder, so that thousands of steps do not have to be compared with each other.
 */
export function linksOf(steps: readonly Step[]): readonly Link[] {
  const listeners = new Map<string, { to: string; input: number; place: number }[]>();
  let place = 0;
  for (const step of steps) {
    for (const [input, folder] of step.inputs.entries()) {
      const key = folderKeys(folder).at(-1) ?? '';
      const known = listeners.get(key);
      const listener = { to: step.id, input, place: place++ };
      if (known) known.push(listener);
      else listeners.set(key, [listener]);
    }
  }
  return steps.flatMap(({ id, outputs }) =>
    outputs.flatMap((written, output) =>
      folderKeys(written)
        .flatMap((key) => listeners.get(key) ?? [])
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
