/** The calls that a plan makes: counted, masked, and what becomes of the others when one fails. */
import { setMaxListeners } from 'node:events';
import { masker } from '../secret.ts';
import { DEFAULT_CONCURRENCY } from './concurrency.ts';
import type { Reading } from './convergence.ts';
import { errorDetail } from './outcome.ts';
import type { PlanInput } from './plan.ts';
import { secretsIn } from './value.ts';

export interface FailableReading {
  readonly reading: Reading;
  /** What was thrown first where that stopped nothing. */
  failure(): unknown;
  /** What was thrown first and stopped the others. */
  stop(): unknown;
}

/**
 * Calls with the signal of the caller. Those of a plan that is not tolerant end each other when one fails, and what a
 * kind throws is thrown; otherwise it is the answer.
 */
export function readingFor(input: PlanInput, total: number): FailableReading {
  const failed = new AbortController();
  const signal = AbortSignal.any([input.signal, failed.signal]);
  setMaxListeners(0, signal);
  const mask = masker(input.desired.flatMap(({ props }) => secretsIn(props)));
  const emit = input.onProgress ?? (() => {});
  let first: unknown;
  let done = 0;
  const read = (id: string) => {
    done += 1;
    emit({ type: 'read', id, done, total });
  };
  const explain = (thrown: unknown) => errorDetail(thrown, mask, 'read-failed');
  const reading: Reading = {
    workflow: input.workflow,
    kinds: input.kinds,
    concurrency: input.concurrency ?? DEFAULT_CONCURRENCY,
    adopt: input.adopt === true,
    explain,
    ask: async (id, question, { optional = false } = {}) => {
      try {
        signal.throwIfAborted();
        const progress = (message: string) => emit({ type: 'reading', id, message: mask(message) });
        const value = await question({ signal, planning: true, progress });
        read(id);
        return { value };
      } catch (thrown) {
        const isBearable = (optional || input.tolerant) && !signal.aborted;
        if (!isBearable) {
          failed.abort(thrown);
          throw thrown;
        }
        if (!optional) first ??= thrown;
        read(id);
        return { error: explain(thrown) };
      }
    },
  };
  return { reading, failure: () => first, stop: () => failed.signal.reason };
}
