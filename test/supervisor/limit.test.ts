import { describe, expect, it, vi } from 'vitest';
import { limitOf } from '../../src/supervisor/limit.ts';

describe('limitOf', () => {
  it('has nothing to wait for where nothing can happen', () => {
    const limit = limitOf(undefined, undefined);
    expect([limit.signal, limit.verdict()]).toEqual([undefined, undefined]);
  });

  it('fires when the time is up, and not before', () => {
    vi.useFakeTimers();
    try {
      const limit = limitOf(1000, new AbortController().signal);
      vi.advanceTimersByTime(999);
      expect([limit.signal?.aborted, limit.verdict()]).toEqual([false, undefined]);
      vi.advanceTimersByTime(1);
      expect([limit.signal?.aborted, limit.verdict()]).toEqual([true, 'timed-out']);
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([undefined, 1000, 1e15])('passes a cancellation on, with %s ms left', (ms) => {
    const outer = new AbortController();
    const limit = limitOf(ms, outer.signal);
    outer.abort();
    expect([limit.signal?.aborted, limit.verdict()]).toEqual([true, 'cancelled']);
    limit.release();
  });

  it('knows of a cancellation from before', () => {
    const limit = limitOf(1000, AbortSignal.abort());
    expect(limit.verdict()).toBe('cancelled');
    limit.release();
  });

  it('holds no timer once it is released', () => {
    vi.useFakeTimers();
    try {
      limitOf(1e15, undefined).release();
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
