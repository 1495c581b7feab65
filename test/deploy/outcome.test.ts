import { expect, test } from 'vitest';
import { isInterruption, type Outcome, reportOf, type Status } from '../../src/deploy/outcome.ts';

const outcome = (status: Status): Outcome => ({ kind: 'made/part', id: status, action: 'create', status });

test.each([
  [['done', 'kept'], true],
  [['done', 'failed'], false],
  [['skipped'], false],
  [['cancelled'], false],
  [['skipped', 'cancelled'], false],
] as const)('a report of %j is good: %s', (statuses, ok) => {
  expect(reportOf('demo', statuses.map(outcome), true)).toMatchObject({ ok, interrupted: !ok });
});

test('an interruption is what was thrown after the signal, for it', () => {
  const asked = new AbortController();
  const reason = new Error('stop');
  const around = new Error('the call failed', { cause: reason });
  expect(isInterruption(reason, asked.signal)).toBe(false);
  asked.abort(reason);
  const thrown = [
    reason,
    around,
    new DOMException('gone', 'AbortError'),
    new Error('denied'),
    'denied',
    undefined,
  ];
  expect(thrown.map((each) => isInterruption(each, asked.signal))).toEqual([
    ...[true, true, true],
    ...[false, false, false],
  ]);
});
