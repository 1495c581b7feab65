import { describe, expect, it } from 'vitest';
import { untilAccepted, waitUntil } from '../../../../src/providers/aws/api/wait.ts';
import { fakeCall } from '../fake-clients.ts';

function waiting(timeoutMs = 60_000) {
  const pauses: number[] = [];
  const call = fakeCall();
  const delay = async (ms: number) => void pauses.push(Math.round(ms));
  return { pauses, call, options: { call, delay, timeoutMs, what: 'the function to become active' } };
}

describe('waiting', () => {
  it('does not pause where the answer is there at once', async () => {
    const { pauses, call, options } = waiting();
    expect(await waitUntil(options, async () => 'now')).toBe('now');
    expect([pauses, call.said]).toEqual([[], []]);
  });

  it('probes with growing pauses, and says once what for', async () => {
    const { pauses, call, options } = waiting();
    let left = 9;
    expect(await waitUntil(options, async () => (--left > 0 ? undefined : 'done'))).toBe('done');
    expect(pauses).toEqual([250, 400, 640, 1024, 1638, 2621, 4194, 5000]);
    expect(call.said).toEqual(['waiting for the function to become active']);
  });

  it('gives up in the end, and names what it waited for', async () => {
    const { pauses, options } = waiting(1000);
    const error = { code: 'aws-timeout', message: 'waited 1 s in vain for the function to become active' };
    await expect(waitUntil(options, async () => undefined)).rejects.toMatchObject(error);
    expect(pauses.reduce((sum, ms) => sum + ms)).toBe(1000);
  });

  it('ends with what the probe throws', async () => {
    const failing = waitUntil(waiting().options, () => Promise.reject(new Error('broken')));
    await expect(failing).rejects.toThrow('broken');
  });

  it('ends with the signal, also by the clock', async () => {
    const stopped = new AbortController();
    const options = { call: fakeCall(stopped.signal), timeoutMs: 60_000, what: 'ever' };
    const ended = waitUntil(options, async () => void stopped.abort(new Error('interrupted')));
    await expect(ended).rejects.toThrow('interrupted');
  });
});

describe('a call that is refused for the moment', () => {
  const passes = (thrown: unknown) => (thrown as Error).message === 'busy';

  it('is made again until it is accepted', async () => {
    let left = 3;
    const run = async () => {
      left -= 1;
      if (left > 0) throw new Error('busy');
      return 'done';
    };
    expect(await untilAccepted(waiting().options, passes, run)).toBe('done');
  });

  it('fails with the refusal in the end, and at once with any other', async () => {
    const always = (message: string) => () => Promise.reject(new Error(message));
    await expect(untilAccepted(waiting(500).options, passes, always('busy'))).rejects.toThrow('busy');
    const { pauses, options } = waiting();
    await expect(untilAccepted(options, passes, always('wrong'))).rejects.toThrow('wrong');
    expect(pauses).toEqual([]);
  });
});
