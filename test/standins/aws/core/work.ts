/** Counts what runs in the background, so that one can wait until nothing does. */
export interface Work {
  /** Counts a task until it ends; its failure is nobody's. */
  start(task: () => Promise<unknown>): void;
  /** Ends when no task runs. */
  idle(): Promise<void>;
}

/** No task yet. */
export function openWork(): Work {
  let running = 0;
  let waiting: (() => void)[] = [];
  const ended = () => {
    running -= 1;
    if (running > 0) return;
    for (const wake of waiting) wake();
    waiting = [];
  };
  return {
    start: (task) => {
      running += 1;
      void task()
        .catch(() => {})
        .finally(ended);
    },
    idle: () => (running === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
