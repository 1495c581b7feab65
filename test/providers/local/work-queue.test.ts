import { describe, expect, it } from 'vitest';
import type { Line, Queued } from '../../../src/providers/local/journal.ts';
import type { Triggers, Written } from '../../../src/providers/local/triggers.ts';
import { type Handled, type QueueDeps, WorkQueue } from '../../../src/providers/local/work-queue.ts';
import type { Counts } from '../../../src/providers/runtime.ts';
import type { Invocation } from '../../../src/workflow/invocation.ts';
import { ended, queued } from './samples.ts';

/** A queue over steps `first` → `second`, whose work is ended by hand. */
function open(changes: Partial<QueueDeps> = {}) {
  const lines: Line[] = [];
  const running = new Map<string, (handled: Handled) => void>();
  const started: string[] = [];
  const counts: Counts[] = [];
  const controller = new AbortController();
  const queue = new WorkQueue({
    journal: { append: (line) => void lines.push(line), close: () => {} },
    triggers: (written) => [secondFor(written)],
    order: ['first', 'second'],
    handle: ({ id }, attempt) => {
      started.push(attempt === 1 ? id : `${id}#${attempt}`);
      return new Promise((resolve) => running.set(id, resolve));
    },
    concurrency: 2,
    stepLimits: new Map(),
    retries: 0,
    onChange: (now) => counts.push(now),
    onRetry: () => {},
    onEnd: () => {},
    signal: controller.signal,
    ...changes,
  });
  /** Ends what runs; `names` are those of files it wrote. */
  const finish = async (
    work: Queued,
    status: Invocation['status'] = 'succeeded',
    names: readonly string[] = [],
  ) => {
    const end = running.get(work.id);
    if (!end) throw new Error(`${work.id} does not run`);
    running.delete(work.id);
    end({ invocation: ended(work, status), written: names.map(writtenFile) });
    await turn();
  };
  return { queue, lines, running, started, counts, controller, finish };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const FIRST = ['a', 'b', 'c', 'd', 'e'].map((name) => queued('first', name));
const [A, B, C, D] = FIRST as [Queued, Queued, Queued, Queued, ...Queued[]];

function writtenFile(key: string): Written {
  const object = { key, size: 1, etag: 'e', modified: new Date(0) };
  return { store: 's3.default', namespace: 's3.default', bucket: 'shop', object };
}

function secondFor({ object }: Written): Queued {
  return queued('second', object.key);
}

const typesOf = (lines: readonly Line[]) => lines.map(({ type }) => type);

describe('WorkQueue', () => {
  it('runs no more at a time than it may, in the order of arrival', async () => {
    const { queue, started, finish } = open();
    queue.enqueue(FIRST);
    await turn();
    expect(started).toEqual([A.id, B.id]);
    await finish(B);
    expect(started).toEqual([A.id, B.id, C.id]);
    expect(queue.counts).toEqual({ waiting: 2, running: 2, succeeded: 1, failed: 0 });
  });

  it('takes later steps first, so that little piles up between', async () => {
    const { queue, started, finish } = open({ concurrency: 1 });
    queue.enqueue([A, B]);
    await turn();
    await finish(A, 'succeeded', ['x', 'y']);
    await finish(secondFor(writtenFile('x')));
    await finish(secondFor(writtenFile('y')));
    expect(started).toEqual([A.id, 'second-x', 'second-y', B.id]);
  });

  it('holds the limit of a step without holding up others', async () => {
    const { queue, started, finish } = open({ concurrency: 3, stepLimits: new Map([['first', 1]]) });
    queue.enqueue([A, B, queued('second', 'z')]);
    await turn();
    expect(started).toEqual(['second-z', A.id]);
    await finish(A);
    expect(started).toEqual(['second-z', A.id, B.id]);
  });

  it('writes what ended and what it triggers in one line', async () => {
    const { queue, lines, finish } = open();
    queue.enqueue([A]);
    await turn();
    await finish(A, 'succeeded', ['x']);
    expect(typesOf(lines)).toEqual(['queued', 'started', 'ended', 'started']);
    expect(lines[2]).toMatchObject({ run: 'r1', invocation: { id: A.id }, next: [{ id: 'second-x' }] });
  });

  it('does work that the journal knows already without noting it again', async () => {
    const { queue, lines } = open();
    queue.take([A]);
    await turn();
    expect(typesOf(lines)).toEqual(['started']);
  });

  it('takes the same work once: while it waits, while it runs, and when it is done', async () => {
    const { queue, started, lines, finish } = open({ concurrency: 1 });
    queue.enqueue([A, B]);
    await turn();
    queue.enqueue([A, B]);
    queue.take([A]);
    await finish(A);
    queue.enqueue([A]);
    await finish(B);
    expect(started).toEqual([A.id, B.id]);
    expect(typesOf(lines).filter((type) => type === 'queued')).toHaveLength(1);
    expect(queue.counts).toMatchObject({ waiting: 0, succeeded: 2 });
  });

  it('does not trigger again what somebody else has noticed before', async () => {
    const { queue, started, finish } = open();
    queue.enqueue([A]);
    await turn();
    queue.enqueue([secondFor(writtenFile('x'))]);
    await turn();
    await finish(secondFor(writtenFile('x')));
    await finish(A, 'succeeded', ['x']);
    expect(started).toEqual([A.id, 'second-x']);
  });

  it('tries again as often as it may, and notes each attempt', async () => {
    const { queue, started, lines, finish } = open({ retries: 2 });
    queue.enqueue([A]);
    await turn();
    await finish(A, 'failed');
    await finish(A, 'timed-out');
    expect(queue.counts).toMatchObject({ running: 1, failed: 0 });
    await finish(A, 'failed');
    expect(started).toEqual([A.id, `${A.id}#2`, `${A.id}#3`]);
    expect(queue.counts).toMatchObject({ running: 0, failed: 1 });
    expect(typesOf(lines)).toEqual(['queued', 'started', 'started', 'started', 'ended']);
  });

  it('does not try again what succeeded', async () => {
    const { queue, started, finish } = open({ retries: 2 });
    queue.enqueue([A]);
    await turn();
    await finish(A, 'failed');
    await finish(A);
    expect(started).toHaveLength(2);
    expect(queue.counts).toMatchObject({ succeeded: 1, failed: 0 });
  });

  it('starts nothing more after the signal; what was cancelled stays to do', async () => {
    const { queue, started, lines, controller, finish } = open({ retries: 3 });
    queue.enqueue([A, B, C]);
    await turn();
    let idle = false;
    void queue.idle().then(() => {
      idle = true;
    });
    controller.abort();
    await finish(A, 'cancelled');
    expect(idle, 'one still runs').toBe(false);
    await finish(B, 'failed');
    expect(idle).toBe(true);
    expect(started).toEqual([A.id, B.id]);
    expect(lines.filter(({ type }) => type === 'ended')).toMatchObject([{ invocation: { id: B.id } }]);
    expect(queue.counts).toEqual({ waiting: 1, running: 0, succeeded: 0, failed: 1 });
  });

  it('is idle when nothing waits or runs: at once, or after the last one', async () => {
    const { queue, finish } = open();
    await queue.idle();
    queue.enqueue([A, D]);
    const idle = queue.idle();
    await turn();
    await finish(A, 'succeeded', ['x']);
    await finish(D);
    await finish(secondFor(writtenFile('x')));
    await idle;
    expect(queue.counts).toEqual({ waiting: 0, running: 0, succeeded: 3, failed: 0 });
  });

  it('passes over work of a step that is not there any more', async () => {
    const { queue, started } = open();
    queue.take([queued('removed', 'a'), A]);
    await turn();
    expect(started).toEqual([A.id]);
  });

  it('tells its counts at every change, and what ended with the command it goes back to', async () => {
    const told: string[] = [];
    const { queue, counts, finish } = open({
      onEnd: ({ id, status }, run) => told.push(`${id} ${status} ${run}`),
    });
    queue.enqueue([A]);
    await turn();
    await finish(A, 'failed');
    expect(told).toEqual([`${A.id} failed r1`]);
    expect(counts).toEqual([
      { waiting: 1, running: 0, succeeded: 0, failed: 0 },
      { waiting: 0, running: 1, succeeded: 0, failed: 0 },
      { waiting: 0, running: 0, succeeded: 0, failed: 1 },
    ]);
  });

  it('does thousands without slowing down', async () => {
    const none: Triggers = () => [];
    const handle = async (work: Queued) => ({ invocation: ended(work), written: [] });
    const { queue } = open({ handle, triggers: none, concurrency: 50 });
    queue.enqueue(Array.from({ length: 20_000 }, (_, index) => queued('first', String(index))));
    await queue.idle();
    expect(queue.counts).toMatchObject({ succeeded: 20_000 });
  });
});
