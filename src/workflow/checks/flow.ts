/** Loops, overlaps and loose ends among the links of a workflow. */

import { type Check, problem, remark } from '../check.ts';
import { entrySteps } from '../links.ts';
import type { Folder, Link, Workflow } from '../model.ts';

/** A folder as messages name it. */
export const shown = ({ bucket, prefix }: Folder) => (prefix ? `${bucket}/${prefix}` : bucket);

/** A step whose output lands in its own input runs for ever. */
const selfTriggers: Check = ({ workflow }) =>
  workflow.links.flatMap((link) => {
    if (link.from !== link.to) return [];
    const { step, output, input } = ends(workflow, link);
    if (!step || !output || !input) return [];
    const message = `"${step.id}" would trigger itself: its output ${shown(output)} lies in its input ${shown(input)}`;
    const hint = input.prefix
      ? `Write the output to another folder, such as ${output.bucket}/output.`
      : 'Let the input be a folder of the bucket, or write the output to another bucket.';
    return [problem(step, 'self-trigger', message, output.place, hint, 'any')];
  });

function ends(workflow: Workflow, { from, to, output, input }: Link) {
  const step = workflow.steps.find(({ id }) => id === from);
  const target = from === to ? step : workflow.steps.find(({ id }) => id === to);
  return { step, output: step?.outputs[output], input: target?.inputs[input] };
}

/** Steps that feed each other in a circle. Every circle is reported once, at its first step in the file. */
const cycles: Check = ({ workflow }) => {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of workflow.links) {
    if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to));
  }
  const steps = new Map(workflow.steps.map((step) => [step.id, step]));
  return circles(
    workflow.steps.map(({ id }) => id),
    next,
  ).flatMap((circle) => {
    const step = steps.get(circle[0] ?? '');
    if (!step) return [];
    const message = `the steps trigger each other in a circle: ${[...circle, circle[0]].join(' → ')}`;
    const hint = 'Let one of them write to a folder that none of the others reads.';
    return [problem(step, 'cycle', message, step.outputs[0]?.place ?? step.place, hint, 'any')];
  });
};

/** The circles that a depth-first walk closes; without recursion, since a chain may have thousands of steps. */
function circles(
  ids: readonly string[],
  next: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[][] {
  const done = new Set<string>();
  const found: string[][] = [];
  for (const start of ids) {
    const path: string[] = [];
    const onPath = new Map<string, number>();
    const stack: { id: string; rest: Iterator<string> }[] = [];
    const enter = (id: string) => {
      onPath.set(id, path.length);
      path.push(id);
      stack.push({ id, rest: (next.get(id) ?? new Set<string>()).values() });
    };
    if (!done.has(start)) enter(start);
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const step = top.rest.next();
      if (step.done) {
        stack.pop();
        path.pop();
        onPath.delete(top.id);
        done.add(top.id);
      } else if (onPath.has(step.value)) found.push(path.slice(onPath.get(step.value)));
      else if (!done.has(step.value)) enter(step.value);
    }
  }
  return found;
}

/** The first step that nothing feeds is where files are put; others may have a mistyped path. */
const looseEnds: Check = ({ workflow }) => {
  const { steps, links } = workflow;
  if (steps.length < 2) return [];
  const feeding = new Set(links.map(({ from }) => from));
  const entries = new Set(entrySteps(steps, links).map(({ id }) => id));
  const first =
    steps.find(({ id }) => entries.has(id) && feeding.has(id)) ?? steps.find(({ id }) => entries.has(id));
  return steps.flatMap((step) => {
    const [input] = step.inputs;
    if (step === first || step.serves || (input && !entries.has(step.id))) return [];
    const message = input
      ? `no step writes to ${shown(input)}: "${step.id}" starts only when a file is put there`
      : `"${step.id}" has no input: it starts only when it is called`;
    const hint = 'If another step was meant to feed it, make that output and this input the same path.';
    return [remark(step, 'unfed-step', message, input?.place ?? step.place, hint)];
  });
};

/** On this machine steps run for files; nothing here answers requests. */
const nothingToRun: Check = ({ workflow }) => {
  const [step] = workflow.steps;
  if (!step || workflow.steps.some(({ serves }) => !serves)) return [];
  const message = 'no step handles files: the services of this file only answer requests';
  const hint = 'Give a step a script and an input, or deploy the workflow to its clusters.';
  return [problem(step, 'nothing-to-run', message, step.place, hint, 'local')];
};

export const flowChecks: readonly Check[] = [selfTriggers, cycles, looseEnds, nothingToRun];
