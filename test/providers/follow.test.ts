import { describe, expect, it } from 'vitest';
import { requireDeployed, stepsFrom } from '../../src/providers/cloud-work.ts';
import { openFollower } from '../../src/providers/follow.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';
import { type CloudOptions, madeUpCloud, SHOP } from './made-up-cloud.ts';

const PUT = { store: 's3.default', bucket: 'shop', key: 'in/a' };

function ran(step: string, key: string, more: Partial<Invocation> = {}): Invocation {
  const input = { uri: `s3://shop/${key}`, size: 1 };
  const startedAt = '2026-03-01T08:00:00.000Z';
  return { id: `${step}-${key}`, step, status: 'succeeded', input, outputs: [], startedAt, ...more };
}

const parts = { outputs: [{ uri: 's3://shop/parts/a', size: 1 }] };

async function followed(options: CloudOptions, { timeout, interruptAt = Infinity } = {} as Settings) {
  const made = madeUpCloud(options);
  const pauses: number[] = [];
  let now = 0;
  const wait = async (ms: number) => {
    pauses.push(Math.round(ms));
    now += ms;
    if (pauses.length >= interruptAt) made.controller.abort();
    made.controller.signal.throwIfAborted();
  };
  const follower = await openFollower(made.cloud, { timeout, wait, clock: () => now });
  return { ...(await follower.until([PUT])), pauses, notes: made.notes };
}

interface Settings {
  readonly timeout?: number;
  readonly interruptAt?: number;
}

describe('following', () => {
  it('looks until nothing is left to do, less often while nothing happens', async () => {
    const states: Invocation[][] = [[], [], [], [ran('split', 'in/a', parts)]];
    const last = [ran('split', 'in/a', parts), ran('join', 'parts/a')];
    const { pending, invocations, pauses, timedOut } = await followed({
      invocations: (look) => states[look] ?? last,
    });
    expect(pending).toEqual([]);
    expect(timedOut).toBe(false);
    expect(invocations.map(({ id }) => id)).toEqual(['split-in/a', 'join-parts/a']);
    expect(pauses).toEqual([1000, 1300, 1000]);
  });

  it('does not take for its own what was there before', async () => {
    const old = ran('split', 'in/a', { id: 'old' });
    const fresh = ran('split', 'in/a', { id: 'new' });
    const { invocations } = await followed({ invocations: (look) => (look < 2 ? [old] : [old, fresh]) });
    expect(invocations.map(({ id }) => id)).toEqual(['new']);
  });

  it('hands over the last lines of what failed', async () => {
    const reason = 'the script ended with exit code 3';
    const failed = ran('split', 'in/a', { status: 'failed', exitCode: 3, reason });
    const line = (message: string, stream: 'stdout' | 'supervisor') => {
      return { time: '', step: 'split', invocation: failed.id, stream, message } as const;
    };
    const said = Array.from({ length: 12 }, (_, index) => line(`line ${index}`, 'stdout'));
    // What the reason says is not said again.
    const again = line(`step "split" failed on s3://b/in/a: ${reason}`, 'stdout');
    const logs = [...said, again, line('{"fdl":"end"}', 'supervisor')];
    const { failures } = await followed({ invocations: (look) => (look === 0 ? [] : [failed]), logs });
    expect(failures).toEqual([
      { invocation: failed, lastLines: said.slice(2).map(({ message }) => message) },
    ]);
  });

  it('says once where to look when nothing starts, and waits no longer than it may', async () => {
    const { notes, timedOut, pending, pauses } = await followed({}, { timeout: 60 });
    expect(timedOut).toBe(true);
    expect(pending).toHaveLength(1);
    expect(notes).toEqual([expect.stringContaining('nothing has started yet: fdl status shop.yaml')]);
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(60_001);
    expect(Math.max(...pauses)).toBe(5000);
  });

  it('says nothing of the kind while a step runs', async () => {
    const running = ran('split', 'in/a', { status: 'running' });
    const invocations = (look: number) => (look === 0 ? [] : [running]);
    expect((await followed({ invocations }, { timeout: 60 })).notes).toEqual([]);
  });

  it('stops when it is interrupted, with what it knows', async () => {
    const { timedOut, pending, invocations } = await followed(
      { invocations: (look) => (look === 0 ? [] : [ran('split', 'in/a', parts)]) },
      { interruptAt: 2 },
    );
    expect(timedOut).toBe(false);
    expect(invocations).toHaveLength(1);
    expect(pending).toMatchObject([{ step: 'join' }]);
  });
});

describe('requireDeployed', () => {
  const check = (options: CloudOptions, first: readonly string[]) => {
    const { cloud, notes } = madeUpCloud(options);
    return requireDeployed(SHOP, cloud.runtime, stepsFrom(SHOP, first), cloud.emit).then(() => notes);
  };

  it('wants the step that is used, and all that come after it', async () => {
    const onlySplit = { deployed: [{ step: 'split', state: 'ready' }] };
    await expect(check(onlySplit, ['split'])).rejects.toMatchObject({
      code: 'step-not-deployed',
      message: 'the step "join" is not deployed',
      hint: expect.stringContaining('fdl apply shop.yaml'),
    });
    await expect(check({ deployed: [{ step: 'join', state: 'ready' }] }, ['join'])).resolves.toEqual([]);
    await expect(check({ deployed: [] }, ['split'])).rejects.toThrow(
      'the steps split, join are not deployed',
    );
  });

  it('says what is not ready', async () => {
    const deployed = [
      { step: 'split', state: 'pending' },
      { step: 'join', state: 'ready' },
    ];
    expect(await check({ deployed }, ['split'])).toEqual(['split is not ready: pending']);
  });
});
