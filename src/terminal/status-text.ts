/** Invocations, and what is set up, as tables that fit the terminal. What is copied from them stands whole on one line. */
import type { Invocation } from '../workflow/invocation.ts';
import { durationText } from './amount.ts';
import { endOf, padded, textWidth } from './fit.ts';
import { statusMark } from './run-text.ts';
import type { Style } from './style.ts';
import { nameText } from './visible.ts';

/** Invocations that are listed for people. */
const SHOWN = 30;

/** How long a step took: medians, in milliseconds. */
interface StepTimes {
  readonly step: string;
  readonly waitedMs?: number;
  readonly ranMs?: number;
}

interface StatusOptions {
  /** Columns that lines may take. */
  readonly room: number;
  readonly times?: readonly StepTimes[];
  /** Of the latest invocations. */
  readonly shown?: number;
}

/** The totals of every step, and the latest invocations. */
export function statusText(
  workflow: string,
  invocations: readonly Invocation[],
  style: Style,
  { room, times = [], shown = SHOWN }: StatusOptions,
): string {
  if (invocations.length === 0) return `${style('bold', workflow)}: no invocations`;
  const totals = new Map<string, Map<string, number>>();
  for (const { step, status } of invocations) {
    const counts = totals.get(step) ?? new Map<string, number>();
    totals.set(step, counts.set(status, (counts.get(status) ?? 0) + 1));
  }
  const width = Math.max(...[...totals.keys()].map(textWidth));
  const sums = [...totals].map(([step, counts]) => {
    const parts = [...counts].map(([status, count]) => `${count} ${status}`);
    const took = timesText(times.find((each) => each.step === step));
    return `  ${padded(step, width)}  ${parts.join(', ')}${took && style('dim', took)}`;
  });
  const latest = invocationLines(invocations.slice(-shown), style, room);
  const more =
    invocations.length > shown
      ? [style('dim', `  … ${invocations.length - shown} earlier ones (--json shows all)`)]
      : [];
  return [style('bold', workflow), ...sums, '', ...more, ...latest].join('\n');
}

function timesText({ waitedMs, ranMs }: Omit<StepTimes, 'step'> = {}): string {
  const parts = [
    ...(waitedMs !== undefined ? [`waited ${durationText(waitedMs)}`] : []),
    ...(ranMs !== undefined ? [`ran ${durationText(ranMs)}`] : []),
  ];
  return parts.length > 0 ? ` · ${parts.join(', ')}` : '';
}

/** Columns below which what is left of a URI says nothing. */
const SHORTEST = 20;

/** Blanks before what has a line of its own. */
const INDENT = '    ';

/** One line for each, URIs shortened if need be; where ids leave no room for that, ids have lines of their own, and then URIs. */
function invocationLines(invocations: readonly Invocation[], style: Style, room: number): readonly string[] {
  const widest = (of: (each: Invocation) => string) =>
    Math.max(...invocations.map((each) => textWidth(of(each))));
  const step = widest((each) => each.step);
  const state = widest(stateText);
  const uri = widest(uriOf);
  const heads = step + state + 3;
  const left = room - heads - 2 - widest(({ id }) => id);
  const isOneLine = left >= Math.min(uri, SHORTEST);
  const isBeside = isOneLine || room - heads - 1 >= Math.min(uri, SHORTEST);
  const most = isOneLine ? left : room - (isBeside ? heads + 1 : INDENT.length);
  const forUri = Math.min(uri, Math.max(1, most));
  return invocations.flatMap((each, index) => {
    const { id, status, reason } = each;
    // What many wait for is said once, below the last of them.
    const next = invocations[index + 1];
    const isSaidBelow = status === 'queued' && next?.status === status && next.reason === reason;
    const source = endOf(uriOf(each), forUri);
    const place = isOneLine ? `${padded(source, forUri)} ${id}` : isBeside ? source : '';
    const below = [...(isBeside ? [] : [source]), ...(isOneLine ? [] : [id])];
    const head = `${statusMark(status, style)} ${padded(each.step, step)} ${padded(stateText(each), state)}`;
    return [
      place === '' ? head.trimEnd() : `${head} ${style('dim', place)}`,
      ...below.map((text) => INDENT + style('dim', text)),
      ...(reason && !isSaidBelow ? [INDENT + reason] : []),
    ];
  });
}

function stateText({ status, durationMs }: Invocation): string {
  return durationMs === undefined ? status : `${status} ${durationText(durationMs)}`;
}

function uriOf({ input }: Invocation): string {
  return nameText(input?.uri ?? '');
}

interface WorkflowLike {
  readonly workflow: string;
  readonly steps: readonly {
    readonly step: string;
    readonly provider: string;
    readonly mode: string;
    readonly place?: string | undefined;
    readonly state: string;
    readonly url?: string | undefined;
  }[];
}

/** What is set up, step by step. An address has a line of its own where it would not fit. */
export function deployedText(workflows: readonly WorkflowLike[], style: Style, room: number): string {
  return workflows
    .map(({ workflow, steps }) => {
      const width = Math.max(0, ...steps.map(({ step }) => textWidth(step)));
      const kindOf = ({ provider, mode, place }: (typeof steps)[number]) =>
        `${provider} ${mode}${place === undefined ? '' : ` on ${place}`}`;
      const kinds = Math.max(0, ...steps.map((each) => textWidth(kindOf(each))));
      const lines = steps.map((each) => {
        const { step, state, url } = each;
        const kind = padded(kindOf(each), kinds);
        const head = `  ${padded(step, width)}  ${style('dim', kind)}  ${state}`;
        if (!url) return head;
        return textWidth(head) + 2 + textWidth(url) <= room ? `${head}  ${url}` : `${head}\n    ${url}`;
      });
      return [style('bold', workflow), ...(lines.length > 0 ? lines : ['  not set up'])].join('\n');
    })
    .join('\n');
}
