/** A trace as a tree: object, what it triggered, what that wrote, and so on. */
import type { Trace, TracedInvocation, TracedObject } from '../workflow/trace.ts';
import { bytesText, countOf, durationText } from './amount.ts';
import { statusMark } from './run-text.ts';
import type { Style } from './style.ts';
import { nameText } from './visible.ts';

/** What was asked for is marked. What was shown already is named, and not shown again below. */
export function traceText(trace: Trace, style: Style): string {
  const objects = new Map(trace.objects.map((object) => [object.uri, object]));
  const invocations = new Map(trace.invocations.map((invocation) => [invocation.id, invocation]));
  const shown = new Set<string>();
  const branch = (node: string, lead: string, isLast: boolean): readonly string[] => {
    const below = lead + (isLast ? '   ' : '│  ');
    return subtree(node, below).map((line, index) =>
      index === 0 ? `${style('dim', `${lead}${isLast ? '└─ ' : '├─ '}`)}${line}` : line,
    );
  };
  const subtree = (node: string, lead: string): readonly string[] => {
    const object = objects.get(node);
    const invocation = invocations.get(node);
    const head = object ? objectText(object, style) : invocation ? invocationText(invocation, style) : node;
    const marked = node === trace.subject ? `${head} ${style('cyan', '◀')}` : head;
    if (shown.has(node)) return [`${marked} ${style('dim', '(above)')}`];
    shown.add(node);
    const next = object?.triggered ?? (invocation ? outputsOf(invocation, objects) : []);
    const others = invocation?.otherOutputs ?? 0;
    const more = others > 0 ? [style('dim', `${lead}└─ … and ${countOf(others, 'other object')}`)] : [];
    const reason = invocation?.reason ? [`${style('dim', lead)}   ${invocation.reason}`] : [];
    return [
      marked,
      ...reason,
      ...next.flatMap((each, index) => branch(each, lead, index === next.length - 1 && others === 0)),
      ...more,
    ];
  };
  return trace.roots.flatMap((root) => subtree(root, '')).join('\n');
}

function outputsOf(
  { outputs }: TracedInvocation,
  objects: ReadonlyMap<string, TracedObject>,
): readonly string[] {
  return outputs.flatMap(({ uri }) => (objects.has(uri) ? [uri] : []));
}

function objectText({ uri, size, writtenBy }: TracedObject, style: Style): string {
  const times = writtenBy.length > 1 ? style('yellow', ` written ${writtenBy.length} times`) : '';
  return `${nameText(uri)} ${style('dim', bytesText(size))}${times}`;
}

function invocationText(invocation: TracedInvocation, style: Style): string {
  const { step, status, id, durationMs, waitedMs, attempt, outputsGuessed, job, usage } = invocation;
  const parts = [
    ...(durationMs === undefined ? [] : [durationText(durationMs)]),
    ...(usage?.cpuMs === undefined ? [] : [`${durationText(usage.cpuMs)} of processors`]),
    ...(usage?.peakMemoryBytes === undefined ? [] : [`${bytesText(usage.peakMemoryBytes)} of memory`]),
    ...(waitedMs === undefined ? [] : [`waited ${durationText(waitedMs)}`]),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(status === 'delegated' && job !== undefined ? [`to job ${job}`] : []),
    ...(outputsGuessed ? ['outputs by their time'] : []),
  ];
  const more = parts.length > 0 ? `, ${parts.join(', ')}` : '';
  return `${statusMark(status, style)} ${style('bold', step)} ${status}${more} ${style('dim', id)}`;
}
