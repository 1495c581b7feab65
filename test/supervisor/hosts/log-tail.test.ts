import { expect, it } from 'vitest';
import { logTail } from '../../../src/supervisor/hosts/lambda.ts';
import type { LogLine } from '../../../src/workflow/invocation.ts';

function line(message: string, stream: LogLine['stream'] = 'stdout'): LogLine {
  return { time: 't', step: 's', invocation: 'i', stream, message };
}

it('keeps the last lines that scripts wrote', () => {
  const tail = logTail();
  for (let number = 1; number <= 12; number += 1)
    tail.push(line(`${number}`, number % 2 ? 'stdout' : 'stderr'));
  tail.push(line('a note', 'supervisor'));
  expect(tail.lines()).toEqual(['3', '4', '5', '6', '7', '8', '9', '10', '11', '12']);
  tail.clear();
  expect(tail.lines()).toEqual([]);
});

it('cuts long lines', () => {
  const tail = logTail();
  tail.push(line('x'.repeat(300)));
  tail.push(line('x'.repeat(301)));
  expect(tail.lines()).toEqual(['x'.repeat(300), `${'x'.repeat(300)}…`]);
});
