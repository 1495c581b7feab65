/** Invocations that wait, and those that run: bounded in number, later steps first, so that little piles up between. */
import { machineFault } from '../../errors.ts';
import type { Invocation } from '../../workflow/invocation.ts';
import type { Counts, StepCounts } from '../runtime.ts';
import type { JournalWriter, Queued } from './journal.ts';
import type { Triggers, Written } from './triggers.ts';

/** What became of one attempt. */
export interface Handled {
  readonly invocation: Invocation;
  readonly written: readonly Written[];
  /** The machine is why it failed, as a clause: the work is left to do. */
  readonly fault?: string | undefined;
}

export interface QueueDeps {
  readonly journal: JournalWriter;
  readonly triggers: Triggers;
  /** Ids of the steps in the order in which files flow through them. */
  readonly order: readonly string[];
  /** Runs one attempt; never rejects. */
  readonly handle: (queued: Queued, attempt: number) => Promise<Handled>;
  /** Scripts that run at the same time. */
  readonly concurrency: number;
  /** Fewer for some steps. */
  readonly stepLimits: ReadonlyMap<string, number>;
  /** More attempts after a failure. */
  readonly retries: number;
  readonly onChange: (counts: Counts, steps: readonly StepCounts[]) => void;
  /** An attempt failed, and another one follows. */
  readonly onRetry: (invocation: Invocation) => void;
  readonly onEnd: (invocation: Invocation, run: string) => void;
  readonly signal: AbortSignal;
}

const NOTHING: Counts = { waiting: 0, running: 0, succeeded: 0, failed: 0 };

export class WorkQueue {
  readonly #deps: QueueDeps;
  readonly #waiting: ReadonlyMap<string, Queued[]>;
  readonly #running = new Map<string, number>();
  readonly #known = new Set<string>();
  #counts: Counts = NOTHING;
  readonly #ofSteps = new Map<string, Counts>();
  #whenIdle: (() => void)[] = [];
  #pumping = false;
  #fault: string | undefined;
  readonly #halted = new AbortController();

  constructor(deps: QueueDeps) {
    this.#deps = deps;
    this.#waiting = new Map(deps.order.map((step) => [step, []]));
    deps.signal.addEventListener('abort', () => this.#settle(), { once: true });
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** What the machine lacks, as a clause: nothing is started any more. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Fires when the machine cannot go on. */
  get halted(): AbortSignal {
    return this.#halted.signal;
  }

  /** Starts nothing more, since the machine cannot do it now: what waits is left to do. */
  halt(fault: string): void {
    this.#fault ??= fault;
    this.#halted.abort();
    this.#settle();
  }

  /** Notes new work in the journal and does it. What was taken before is not taken again, also when it is done. */
  enqueue(queued: readonly Queued[]): void {
    const fresh = queued.filter(({ id }) => !this.#known.has(id));
    if (fresh.length === 0) return;
    this.#deps.journal.append({ type: 'queued', queued: fresh });
    this.take(fresh);
  }

  /** Does work that the journal knows of already. */
  take(queued: readonly Queued[]): void {
    for (const each of queued) {
      // A step that the file no longer has can do nothing more.
      const line = this.#waiting.get(each.step);
      if (!line || this.#known.has(each.id)) continue;
      this.#known.add(each.id);
      line.push(each);
      this.#count(each.step, { waiting: 1 });
    }
    this.#pump();
  }

  /** Resolves when nothing waits or runs any more; after the signal or a fault, when nothing runs. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
      this.#settle();
    });
  }

  /** Starts as much as may run; once per turn of the event loop, since many may be queued in one. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      for (let next = this.#next(); next; next = this.#next()) void this.#run(next);
      this.#settle();
    });
  }

  #next(): Queued | undefined {
    const { concurrency, order } = this.#deps;
    if (this.#isStopped() || this.#counts.running >= concurrency) return undefined;
    for (let index = order.length - 1; index >= 0; index--) {
      const step = order[index] ?? '';
      const line = this.#waiting.get(step);
      if (line?.length && this.#mayStart(step)) return this.#takeFirst(line, step);
    }
    return undefined;
  }

  #isStopped(): boolean {
    return this.#deps.signal.aborted || this.#fault !== undefined;
  }

  #mayStart(step: string): boolean {
    const limit = this.#deps.stepLimits.get(step);
    return limit === undefined || (this.#running.get(step) ?? 0) < limit;
  }

  #takeFirst(line: Queued[], step: string): Queued | undefined {
    this.#running.set(step, (this.#running.get(step) ?? 0) + 1);
    this.#count(step, { waiting: -1, running: 1 });
    return line.shift();
  }

  async #run(queued: Queued): Promise<void> {
    try {
      await this.#runToEnd(queued);
    } catch (thrown) {
      // The journal could not be written: what it does not know of is done again.
      const fault = machineFault(thrown);
      if (fault === undefined) throw thrown;
      this.#count(queued.step, { running: -1 });
      this.halt(fault);
    }
    this.#pump();
  }

  async #runToEnd(queued: Queued): Promise<void> {
    const handled = await this.#attempts(queued);
    this.#running.set(queued.step, (this.#running.get(queued.step) ?? 1) - 1);
    const { invocation, written } = handled;
    // A script cannot say what it failed for: while the machine cannot do its part, that counts as the reason.
    const fault = invocation.status === 'succeeded' ? undefined : (handled.fault ?? this.#fault);
    // What was interrupted is not over: it stays in the journal as work to do.
    if (fault === undefined && invocation.status !== 'cancelled')
      return this.#end(queued, invocation, written);
    this.#count(queued.step, { running: -1 });
    if (fault !== undefined) this.halt(fault);
  }

  async #attempts(queued: Queued): Promise<Handled> {
    const { journal, retries, signal, handle, onRetry } = this.#deps;
    for (let attempt = 1; ; attempt++) {
      journal.append({ type: 'started', id: queued.id, time: new Date().toISOString(), attempt });
      const handled = await handle(queued, attempt);
      const { status } = handled.invocation;
      const isOver = status === 'succeeded' || status === 'cancelled' || attempt > retries;
      if (isOver || handled.fault !== undefined || signal.aborted) return handled;
      onRetry(handled.invocation);
    }
  }

  #end(queued: Queued, invocation: Invocation, written: readonly Written[]): void {
    const { journal, triggers, onEnd } = this.#deps;
    const next = written.flatMap((each) => triggers(each, queued.run));
    const fresh = next.filter(({ id }) => !this.#known.has(id));
    journal.append({ type: 'ended', run: queued.run, invocation, next: fresh });
    this.#count(
      queued.step,
      invocation.status === 'succeeded' ? { running: -1, succeeded: 1 } : { running: -1, failed: 1 },
    );
    onEnd(invocation, queued.run);
    this.take(fresh);
  }

  #count(step: string, change: Partial<Counts>): void {
    this.#counts = added(this.#counts, change);
    this.#ofSteps.set(step, added(this.#ofSteps.get(step) ?? NOTHING, change));
    const steps = this.#deps.order.flatMap((id) => {
      const counts = this.#ofSteps.get(id);
      return counts ? [{ step: id, ...counts }] : [];
    });
    this.#deps.onChange(this.#counts, steps);
  }

  #settle(): void {
    const { waiting, running } = this.#counts;
    if (running > 0 || (waiting > 0 && !this.#isStopped()) || this.#pumping) return;
    const resolvers = this.#whenIdle;
    this.#whenIdle = [];
    for (const resolve of resolvers) resolve();
  }
}

function added(
  now: Counts,
  { waiting = 0, running = 0, succeeded = 0, failed = 0 }: Partial<Counts>,
): Counts {
  return {
    waiting: now.waiting + waiting,
    running: now.running + running,
    succeeded: now.succeeded + succeeded,
    failed: now.failed + failed,
  };
}
