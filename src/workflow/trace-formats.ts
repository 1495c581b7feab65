/** A trace for other programs: Mermaid, a page of HTML, spans of OpenTelemetry. */
import { createHash } from 'node:crypto';
import { mermaidEscaped } from './draw.ts';
import type { InvocationStatus, Span } from './invocation.ts';
import type { Trace, TracedInvocation } from './trace.ts';

/** For READMEs and wikis: https://mermaid.js.org/syntax/flowchart.html */
export function traceMermaid({ objects, invocations, subject }: Trace): string {
  const ids = new Map([
    ...objects.map(({ uri }, index) => [uri, `o${index + 1}`] as const),
    ...invocations.map(({ id }, index) => [id, `i${index + 1}`] as const),
  ]);
  const known = (uri: string) => ids.has(uri);
  const edge = (from: string, to: string) => `  ${ids.get(from)} --> ${ids.get(to)}`;
  return [
    'flowchart LR',
    ...objects.map(({ uri }) => `  ${ids.get(uri)}[/"${mermaidEscaped(uri)}"/]`),
    ...invocations.map((each) => `  ${ids.get(each.id)}["${mermaidEscaped(titleOf(each))}"]`),
    ...objects.flatMap(({ uri, triggered }) => triggered.map((id) => edge(uri, id))),
    ...invocations.flatMap(({ id, outputs }) =>
      outputs.filter(({ uri }) => known(uri)).map(({ uri }) => edge(id, uri)),
    ),
    `  style ${ids.get(subject)} stroke-width:4px`,
  ].join('\n');
}

/** `plot succeeded, 1200 ms`. */
function titleOf({ step, status, durationMs }: TracedInvocation): string {
  return durationMs === undefined ? `${step} ${status}` : `${step} ${status}, ${durationMs} ms`;
}

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
ul { list-style: none; border-left: 1px solid #8886; padding-left: 1.2rem; }
code { overflow-wrap: anywhere; }
.subject > code, .subject > b { outline: 2px solid #48f; outline-offset: 2px; }
.failed, .timed-out, .cancelled { color: #d33; }
.dim { opacity: 0.7; }`;

/** A page that needs no network and no script. */
export function traceHtml(trace: Trace): string {
  const objects = new Map(trace.objects.map((object) => [object.uri, object]));
  const invocations = new Map(trace.invocations.map((invocation) => [invocation.id, invocation]));
  const shown = new Set<string>();
  const item = (node: string): string => {
    const object = objects.get(node);
    const invocation = invocations.get(node);
    const next =
      object?.triggered ?? invocation?.outputs.map(({ uri }) => uri).filter((uri) => objects.has(uri));
    const head = object
      ? `<code>${escaped(node)}</code> <span class="dim">${object.size} bytes</span>`
      : invocation
        ? invocationHtml(invocation)
        : escaped(node);
    const isNew = !shown.has(node);
    shown.add(node);
    const below = isNew && next && next.length > 0 ? `<ul>${next.map(item).join('')}</ul>` : '';
    return `<li${node === trace.subject ? ' class="subject"' : ''}>${head}${below}</li>`;
  };
  const title = escaped(`${trace.workflow}: ${trace.subject}`);
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${title}</title><style>${STYLE}</style></head>`,
    `<body><h1>${title}</h1><ul>${trace.roots.map(item).join('')}</ul></body></html>`,
  ].join('\n');
}

function invocationHtml(invocation: TracedInvocation): string {
  const { status, id, waitedMs, startedAt, reason } = invocation;
  const facts = [startedAt, waitedMs === undefined ? undefined : `waited ${waitedMs} ms`, id];
  const about = facts.filter((each) => each !== undefined).join(' · ');
  const why = reason ? `<div class="${status}">${escaped(reason)}</div>` : '';
  return `<b class="${status}">${escaped(titleOf(invocation))}</b> <span class="dim">${escaped(about)}</span>${why}`;
}

function escaped(text: string): string {
  const codes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (found) => codes[found] ?? '');
}

/** Rule: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status; 0 is "unset". */
const STATUS_CODES: Partial<Record<InvocationStatus, number>> = {
  succeeded: 1,
  failed: 2,
  'timed-out': 2,
  cancelled: 2,
};

/** Rule: https://github.com/open-telemetry/opentelemetry-proto, `trace.proto`; what takes an event is a consumer. */
const CONSUMER = 5;

/**
 * The invocations that have begun as spans, in OTLP's JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 * Their ids are those that their outputs carry, else made of those here, so that what is sent twice is the same. One that still
 * runs ends now, at `now`.
 */
export function traceOtlp(trace: Trace, version: string, now: Date): object {
  const spanOf = openSpans(trace);
  const spans = trace.invocations.flatMap((each) => {
    if (each.startedAt === undefined) return [];
    const { links, ...span } = spanOf(each);
    return [
      {
        ...span,
        ...(links.length > 0 && { links }),
        name: each.step,
        kind: CONSUMER,
        startTimeUnixNano: nanoseconds(Date.parse(each.startedAt)),
        endTimeUnixNano: nanoseconds(each.endedAt ? Date.parse(each.endedAt) : now.getTime()),
        attributes: attributesOf(each),
        status: { code: STATUS_CODES[each.status] ?? 0, ...(each.reason && { message: each.reason }) },
      },
    ];
  });
  const resource = { attributes: [textAttribute('service.name', trace.workflow)] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'fdl', version }, spans }] }] };
}

type SpanIds = Pick<Span, 'traceId' | 'spanId'>;

interface LinkedSpan extends Span {
  /** What else wrote its input: a span has one parent at most. */
  readonly links: readonly SpanIds[];
}

/**
 * A function that answers the span of an invocation. Its parent is what its input names, else what wrote its input last, whose
 * trace it belongs to: stores without metadata say nothing.
 */
function openSpans({ workflow, roots, invocations }: Trace): (invocation: TracedInvocation) => LinkedSpan {
  const byId = new Map(invocations.map((each) => [each.id, each]));
  const known = new Map<string, LinkedSpan>();
  const usual = hexOf(`${workflow}\n${roots.join('\n')}`, 32);
  const spanOf = (invocation: TracedInvocation): LinkedSpan => {
    const { id, span, after } = invocation;
    const before = known.get(id);
    if (before) return before;
    const own = { traceId: span?.traceId ?? usual, spanId: span?.spanId ?? hexOf(id, 16) };
    // What makes a circle has no parent.
    known.set(id, { ...own, links: [] });
    const writers = after.flatMap((each) => byId.get(each) ?? []).map(spanOf);
    const last = span?.parentSpanId === undefined ? writers.at(-1) : undefined;
    const parentSpanId = span?.parentSpanId ?? last?.spanId;
    const others = writers.filter((each) => each.spanId !== parentSpanId);
    const found = {
      ...own,
      ...(last && { traceId: last.traceId }),
      ...(parentSpanId !== undefined && { parentSpanId }),
      links: others.map(({ traceId, spanId }) => ({ traceId, spanId })),
    };
    known.set(id, found);
    return found;
  };
  return spanOf;
}

function attributesOf({ id, status, input, outputs, attempt }: TracedInvocation): readonly object[] {
  return [
    textAttribute('faas.invocation_id', id),
    textAttribute('fdl.status', status),
    ...(input ? [textAttribute('fdl.input', input.uri)] : []),
    {
      key: 'fdl.outputs',
      value: { arrayValue: { values: outputs.map(({ uri }) => ({ stringValue: uri })) } },
    },
    { key: 'fdl.attempt', value: { intValue: String(attempt) } },
  ];
}

function textAttribute(key: string, stringValue: string): object {
  return { key, value: { stringValue } };
}

function nanoseconds(milliseconds: number): string {
  return String(BigInt(milliseconds) * 1_000_000n);
}

/** So many hexadecimal digits, the same for the same text. */
function hexOf(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits);
}
