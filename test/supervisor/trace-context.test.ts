import { expect, it } from 'vitest';
import { spanBelow, traceparentOf } from '../../src/supervisor/trace-context.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

it.each([
  ['of this version', `00-${TRACE}-${PARENT}-01`],
  ['that is not sampled', `00-${TRACE}-${PARENT}-00`],
  ['of a later version, which may say more', `cc-${TRACE}-${PARENT}-01-what-comes`],
])('goes on in a trace %s', (_what, traceparent) => {
  const span = spanBelow(traceparent);
  expect(span).toEqual({
    traceId: TRACE,
    parentSpanId: PARENT,
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(span.spanId).not.toBe(PARENT);
  expect(traceparentOf(span)).toBe(`00-${TRACE}-${span.spanId}-01`);
});

/** Rule: "Versioning of traceparent", and "traceparent Header Field Values", of W3C Trace Context. */
it.each([
  ['nothing', undefined],
  ['another form', 'trace'],
  ['a version that there is not', `ff-${TRACE}-${PARENT}-01`],
  ['a trace of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
  ['a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
])('begins a trace where there is %s', (_what, traceparent) => {
  const span = spanBelow(traceparent);
  expect(span).toEqual({
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(span.traceId).not.toBe(TRACE);
});
