/** Where a task stands in a trace: W3C Trace Context, https://www.w3.org/TR/trace-context/#traceparent-header */
import { randomBytes } from 'node:crypto';
import type { Span } from '../workflow/invocation.ts';

/** What the context is called in the metadata of objects. */
export const TRACEPARENT = 'traceparent';

/** Later versions may have more behind; ids of nothing but zeros are none. */
const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?$/;

/** The span of a task, below the one that wrote its input if that says so, else the first of a trace. */
export function spanBelow(traceparent: string | undefined): Span {
  const [, traceId, parentSpanId] = FORM.exec(traceparent?.trim() ?? '') ?? [];
  const spanId = randomBytes(8).toString('hex');
  if (traceId === undefined || parentSpanId === undefined)
    return { traceId: randomBytes(16).toString('hex'), spanId };
  return { traceId, spanId, parentSpanId };
}

/** The context as objects carry it. All spans are recorded. */
export function traceparentOf({ traceId, spanId }: Span): string {
  return `00-${traceId}-${spanId}-01`;
}
