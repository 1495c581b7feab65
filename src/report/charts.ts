/** The charts of a report as SVG, drawn by Observable Plot (https://observablehq.com/plot) on a document without a browser. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Invocation } from '../workflow/invocation.ts';
import type { StepReport } from '../workflow/report.ts';
import { Html } from './html.ts';
import { type Bar, barsOf, runningOf } from './timeline.ts';

/** Units of the view box, and so pixels where there is room for them. */
const WIDTH = 860;
/** Invocations that have a bar each; of more, how many run at a time is drawn. */
const BARS = 2000;
/** Invocations that have a mark each. */
const MARKS = 2000;
/** Characters of the name of a step. */
const NAME = 24;
/** What names of steps take. */
const NAMES = 8 + 7 * NAME;

/** When invocations ran: a bar for each, or how many ran. Nothing where no time is known. */
export function timelineChart(invocations: readonly Invocation[], now: number): Html | undefined {
  const bars = barsOf(invocations, now);
  if (bars.length === 0) return undefined;
  return bars.length > BARS ? runningChart(bars) : barChart(bars);
}

function barChart(bars: readonly Bar[]): Html {
  const rows = Math.max(...bars.map(({ row }) => row)) + 1;
  const height = Math.max(3, Math.min(18, 900 / rows));
  const middles = new Map<string, number>();
  for (const step of new Set(bars.map(({ step }) => step))) {
    const own = bars.filter((bar) => bar.step === step).map(({ row }) => row);
    middles.set(step, (Math.min(...own) + Math.max(...own) + 1) / 2);
  }
  const nameAt = new Map([...middles].map(([step, row]) => [row, short(step)]));
  const options = (bar: { readonly start: string; readonly end: string }) => ({
    x1: bar.start,
    x2: bar.end,
    y1: 'row',
    y2: (each: Bar) => each.row + 0.85,
    title: titleOf,
  });
  const of = (kind: Bar['kind'], colour: string) =>
    Plot.rect(
      bars.filter((bar) => bar.kind === kind),
      { ...options({ start: 'start', end: 'end' }), fill: colour, stroke: colour, strokeWidth: 0.5 },
    );
  return drawn('When each invocation ran, step by step', {
    height: rows * height + 60,
    x: timeScale(bars),
    y: { reverse: true, label: null, domain: [0, rows] },
    marks: [
      Plot.axisY([...nameAt.keys()], { tickFormat: (row: number) => nameAt.get(row) ?? '', tickSize: 0 }),
      of('succeeded', 'var(--good)'),
      of('unfinished', 'var(--open)'),
      of('failed', 'var(--bad)'),
      Plot.dot(
        bars.filter(({ kind }) => kind === 'failed'),
        { x: 'end', y: ({ row }: Bar) => row + 0.43, symbol: 'times', stroke: 'var(--bad)', r: 4 },
      ),
    ],
  });
}

function runningChart(bars: readonly Bar[]): Html {
  const steps = [...new Set(bars.map(({ step }) => step))];
  const points = steps.flatMap((step) => runningOf(bars.filter((bar) => bar.step === step)));
  return drawn('How many invocations of each step ran at a time', {
    height: steps.length * 90 + 60,
    marginLeft: 60,
    marginRight: 20 + 7 * steps.reduce((longest, step) => Math.max(longest, short(step).length), 0),
    x: timeScale(bars),
    y: { label: 'invocations at a time' },
    fy: { label: null, domain: steps, tickFormat: short },
    marks: [
      Plot.areaY(points, { x: 'time', y: 'running', fy: 'step', curve: 'step-after', fill: 'var(--good)' }),
    ],
  });
}

/** Times with as much of them as tells them apart, with hours from 0 to 23. */
function timeScale(bars: readonly Bar[]): Plot.ScaleOptions {
  const first = bars.reduce((least, { start }) => Math.min(least, start.getTime()), Number.POSITIVE_INFINITY);
  const span = bars.reduce((most, { end }) => Math.max(most, end.getTime()), first) - first;
  const [from, to] =
    span < 10_000 ? [14, 23] : span < 3_600_000 ? [11, 19] : span < 86_400_000 ? [11, 16] : [5, 16];
  const tickFormat = (time: Date) => time.toISOString().slice(from, to).replace('T', ' ');
  return { type: 'utc', label: 'time (UTC)', grid: true, tickFormat, ticks: 6 };
}

/** One value of each invocation, by steps. */
export interface Measure {
  readonly label: string;
  readonly unit: string;
  readonly of: (each: Invocation) => number | undefined;
  /** What a step may have at most. */
  readonly limitOf?: (step: StepReport) => number | undefined;
}

/** How the values of the invocations of each step lie: a box from the lower to the upper quartile, with the median. */
export function spreadChart(
  invocations: readonly Invocation[],
  steps: readonly StepReport[],
  { label, unit, of, limitOf }: Measure,
): Html | undefined {
  const values = invocations.flatMap((each) => {
    const value = each.status === 'delegated' ? undefined : of(each);
    return value === undefined ? [] : [{ step: each.step, value, title: `${each.step}: ${value} ${unit}` }];
  });
  if (values.length === 0) return undefined;
  const known = new Set(values.map(({ step }) => step));
  const limits = steps.flatMap((step) => {
    const limit = known.has(step.step) ? limitOf?.(step) : undefined;
    return limit === undefined
      ? []
      : [{ step: step.step, value: limit, title: `${step.step}: at most ${limit} ${unit}` }];
  });
  const isNothing = [...values, ...limits].every(({ value }) => value === 0);
  return drawn(label, {
    height: known.size * 44 + 60,
    x: { label: `${label} (${unit})`, grid: true, zero: true, ...(isNothing && { domain: [0, 1] }) },
    y: {
      label: null,
      domain: steps.map(({ step }) => step).filter((step) => known.has(step)),
      tickFormat: short,
    },
    marks: [
      Plot.boxX(values, { x: 'value', y: 'step', fill: 'var(--box)', stroke: 'currentColor', r: 2 }),
      ...(values.length > MARKS
        ? []
        : [
            Plot.dot(values, {
              x: 'value',
              y: 'step',
              r: 2.5,
              fill: 'var(--good)',
              fillOpacity: 0.6,
              title: 'title',
            }),
          ]),
      Plot.tickX(limits, { x: 'value', y: 'step', stroke: 'var(--bad)', strokeWidth: 2, title: 'title' }),
    ],
  });
}

function titleOf({ step, kind, start, end, name }: Bar): string {
  const seconds = (end.getTime() - start.getTime()) / 1000;
  return `${step}: ${kind}, ${seconds} s, from ${start.toISOString()}${name ? `, ${name}` : ''}`;
}

function short(name: string): string {
  return name.length > NAME ? `${name.slice(0, NAME - 1)}…` : name;
}

function drawn(label: string, options: Plot.PlotOptions): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({
    document,
    width: WIDTH,
    marginLeft: NAMES,
    marginBottom: 48,
    marginRight: 24,
    style: { fontSize: '12px' },
    ...options,
  });
  // The picture has one name; only what has a role may have a name of its own (WAI-ARIA 1.2, 5.2.8.6).
  for (const group of svg.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  return new Html(svg.outerHTML);
}
