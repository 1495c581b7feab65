import { expect, it } from 'vitest';
import { statusText } from '../../src/terminal/status-text.ts';
import { plain } from '../../src/terminal/style.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';

it('says once what many wait for, and of each why it failed', () => {
  const made = (id: string, status: Invocation['status'], reason: string): Invocation => {
    return { id, step: 'plot', status, outputs: [], reason };
  };
  const all = [made('1', 'failed', 'exit code 1'), made('2', 'failed', 'exit code 1')];
  const waiting = ['3', '4', '5'].map((id) => made(id, 'queued', 'nobody works'));
  const text = statusText('shop', [...all, ...waiting], plain, { room: 80 });
  expect(text.match(/exit code 1/g)).toHaveLength(2);
  expect(text).toMatch(/3\n.*4\n.*5\n {4}nobody works$/);
});
