/** A report as one page of HTML that needs nothing else: no script, no network. It is light or dark, as its reader wants it. */
import { bytesText, countOf, durationText } from '../terminal/amount.ts';
import type { Invocation } from '../workflow/invocation.ts';
import type { Workflow } from '../workflow/model.ts';
import type { FailureReport, RunReport, Spread, StepReport } from '../workflow/report.ts';
import { spreadChart, timelineChart } from './charts.ts';
import { costSection } from './cost.ts';
import { Html, html } from './html.ts';
import { type Cell, figure, scrolled, section, table } from './parts.ts';
import { workflowPicture } from './picture.ts';
import { STYLE } from './style.ts';

/** Invocations that are listed; `status --json` has all. */
const LISTED = 1000;

/** What a page says of who made it: only such a page is written over. */
const GENERATOR = 'fdl report';

/** `version`: of this program. */
export function reportPage(report: RunReport, workflow: Workflow, version: string): string {
  const title = `${report.workflow}: report`;
  const { text } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="${GENERATOR} ${version}"><meta name="color-scheme" content="light dark">
<title>${title}</title><style>${new Html(STYLE)}</style></head>
<body><main><h1>${report.workflow}</h1>
${summary(report)}
${section('The workflow', scrolled('The workflow as a picture', workflowPicture(workflow)))}
${timeline(report)}
${durations(report)}
${resources(report)}
${failures(report)}
${report.cost && costSection(report.cost)}
${list(report)}
${versions(report, version)}
</main></body></html>
`;
  return text;
}

function summary({ steps, invocations, startedAt, endedAt, createdAt, failures }: RunReport): Html {
  const sum = (of: (step: StepReport) => number) => steps.reduce((all, step) => all + of(step), 0);
  const open = sum(({ unfinished }) => unfinished);
  const cpu = sum(({ cpuMs }) => cpuMs?.sum ?? 0);
  const took = startedAt && endedAt ? Date.parse(endedAt) - Date.parse(startedAt) : undefined;
  const facts: readonly (readonly [string, string])[] = [
    [
      'Succeeded',
      countOf(
        sum(({ succeeded }) => succeeded),
        'invocation',
      ),
    ],
    ['Failed', countOf(failures.length, 'input')],
    ...(open > 0 ? [['Not finished', countOf(open, 'invocation')] as const] : []),
    ...(startedAt ? [['Began', timeText(startedAt)] as const] : []),
    ...(took !== undefined && took >= 0
      ? [['From first start to last end', durationText(took)] as const]
      : []),
    ...(cpu > 0 ? [['Processor time', durationText(cpu)] as const] : []),
    [
      'Read and written',
      `${bytesText(sum(({ bytesIn }) => bytesIn))}, ${bytesText(sum(({ bytesOut }) => bytesOut))}`,
    ],
  ];
  const terms = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  const none = invocations.length === 0 ? html`<p>Nothing has run.</p>` : undefined;
  return html`<p class="dim">Report of ${timeText(createdAt)}</p><dl class="facts">${terms}</dl>${none}`;
}

function timeline({ invocations, createdAt, steps }: RunReport): Html {
  const rows = steps.map((step) => [
    step.step,
    step.where,
    step.invocations,
    step.succeeded,
    step.failed,
    step.unfinished,
  ]);
  return section(
    'Timeline',
    figure(
      'When each invocation ran',
      timelineChart(invocations, Date.parse(createdAt)),
      table(
        'Inputs by what they have come to',
        ['step', 'runs on', 'invocations', 'succeeded', 'failed', 'not finished'],
        rows,
      ),
    ),
  );
}

const SPREAD = ['number', 'least', 'median', 'most', 'sum'];

function spreadCells(spread: Spread | undefined, textOf: (value: number) => string): readonly Cell[] {
  if (!spread) return [0, '', '', '', ''];
  const { count, min, median, max, sum } = spread;
  return [count, ...[min, median, max, sum].map(textOf)];
}

function durations({ invocations, steps }: RunReport): Html {
  const chart = spreadChart(invocations, steps, {
    label: 'Duration of invocations',
    unit: 's',
    of: ({ durationMs }) => (durationMs === undefined ? undefined : durationMs / 1000),
  });
  const rows = steps.map(({ step, durationMs }) => [step, ...spreadCells(durationMs, durationText)]);
  return section(
    'Durations',
    figure('How long invocations took', chart, table('Duration of invocations', ['step', ...SPREAD], rows)),
  );
}

const MB = 1_000_000;
/** Milliseconds that a script must run for its share of processors to say anything: the system counts in hundredths of a second. */
const COUNTED = 100;

function resources({ invocations, steps }: RunReport): Html {
  const memory = spreadChart(invocations, steps, {
    label: 'Memory at most',
    unit: 'MB',
    of: ({ usage }) => (usage?.peakMemoryBytes === undefined ? undefined : usage.peakMemoryBytes / MB),
    limitOf: ({ memoryLimitBytes }) => memoryLimitBytes && memoryLimitBytes / MB,
  });
  const cpus = spreadChart(invocations, steps, {
    label: 'Processors in use on average',
    unit: 'processors',
    of: ({ usage }) =>
      usage?.cpuMs === undefined || usage.wallMs < COUNTED ? undefined : usage.cpuMs / usage.wallMs,
  });
  if (!memory && !cpus)
    return section('Memory and processors', html`<p>Nothing measured what the scripts took.</p>`);
  const memoryRows = steps.map(({ step, peakMemoryBytes, memoryLimitBytes }) => [
    step,
    ...spreadCells(peakMemoryBytes, bytesText).slice(0, -1),
    memoryLimitBytes === undefined ? 'none' : bytesText(memoryLimitBytes),
  ]);
  const cpuRows = steps.map(({ step, cpuMs }) => [step, ...spreadCells(cpuMs, durationText)]);
  const limits = steps.some(({ memoryLimitBytes }) => memoryLimitBytes !== undefined);
  return section(
    'Memory and processors',
    limits
      ? html`<p class="dim">The line at the end of a row is the memory that the step may have.</p>`
      : undefined,
    figure(
      'Memory that scripts had at most',
      memory,
      table('Memory at most', ['step', ...SPREAD.slice(0, -1), 'allowed'], memoryRows),
    ),
    figure('Processors that scripts used', cpus, table('Processor time', ['step', ...SPREAD], cpuRows)),
  );
}

/** Failures that are told at length: those whose last lines were read. */
const TOLD = 20;

function failures({ failures: all }: RunReport): Html {
  if (all.length === 0) return section('Failures', html`<p>No input has failed.</p>`);
  const others = all
    .slice(TOLD)
    .map(({ input, id, step, reason, status }) => [input?.uri ?? id, step, reason ?? status, id]);
  const more =
    others.length > 0 ? table('More that failed', ['input', 'step', 'why', 'invocation'], others) : undefined;
  return section('Failures', ...all.slice(0, TOLD).map(failure), more);
}

function failure({ step, input, id, reason, status, lastLines, exitCode }: FailureReport): Html {
  const code =
    exitCode === undefined || exitCode === 0
      ? undefined
      : html` <span class="dim">exit code ${exitCode}</span>`;
  const why = html`<p>${reason ?? status}</p>`;
  const label = `Last lines of ${id}`;
  const lines = lastLines.length > 0 ? scrolled(label, html`<pre>${lastLines.join('\n')}</pre>`) : undefined;
  return html`<article class="failure"><h3>${step}: <code>${input?.uri ?? id}</code></h3>${why}<p class="dim">${id}${code}</p>${lines}</article>`;
}

function list({ invocations }: RunReport): Html {
  const shown = invocations.slice(-LISTED);
  const hidden = invocations.length - shown.length;
  const more =
    hidden > 0
      ? html`<p>The last ${LISTED}; ${hidden} earlier ones are in <code>fdl status --json</code>.</p>`
      : undefined;
  const head = [
    'invocation',
    'step',
    'status',
    'input',
    'started (UTC)',
    'duration',
    'processor time',
    'memory at most',
    'outputs',
  ];
  const rows = shown.map(invocationCells);
  return section(
    'Invocations',
    more,
    html`<details><summary>All in a table</summary>${table('Invocations', head, rows)}</details>`,
  );
}

function invocationCells(each: Invocation): readonly Cell[] {
  const { id, step, status, input, startedAt, durationMs, usage, outputs } = each;
  return [
    html`<code>${id}</code>`,
    step,
    status,
    input?.uri ?? '',
    startedAt ?? '',
    durationMs === undefined ? '' : durationText(durationMs),
    usage?.cpuMs === undefined ? '' : durationText(usage.cpuMs),
    usage?.peakMemoryBytes === undefined ? '' : bytesText(usage.peakMemoryBytes),
    html`${outputs.map(({ uri }) => html`<div>${uri}</div>`)}`,
  ];
}

function versions({ steps }: RunReport, version: string): Html {
  const rows = steps.map(({ step, image, scriptSha256 }) => [
    step,
    image ?? '',
    scriptSha256 === undefined ? '' : html`<code>${scriptSha256}</code>`,
  ]);
  return section(
    'Versions',
    html`<p>fdl ${version}. Images and scripts are those of the file when this was written.</p>`,
    ...steps.map(differing),
    table('What ran', ['step', 'image', 'SHA-256 of the script'], rows),
  );
}

/** What is to be known of a step whose invocations were not alike. */
function differing({ step, versions: seen }: StepReport): Html | undefined {
  if (!seen || Object.values(seen).every((count) => count === 1)) return undefined;
  const { script, image, parameters } = seen;
  const counts = [countOf(script, 'script'), countOf(image, 'image'), countOf(parameters, 'set')];
  return html`<p>Invocations of ${step} were not alike: they ran with ${counts.join(', ')} of parameters.</p>`;
}

/** `2026-11-29 13:05:12 UTC`. */
function timeText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
