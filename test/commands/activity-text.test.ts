/** What is shown of work that takes a while. */
import { describe, expect, it } from 'vitest';
import { activityShown } from '../../src/commands/activity-text.ts';
import type { Activity } from '../../src/session/events.ts';
import { plain } from '../../src/terminal/style.ts';

const shown = (activity: Activity, elapsed: number) => activityShown(activity, plain, elapsed);

describe('how far files are', () => {
  const moving = (moved: object, total: number): Activity => {
    return { name: 'uploading', moved: { files: 10, settled: 3, failed: 0, bytes: 0, ...moved }, total };
  };

  it('has the rate and the time that is left, once there is one', () => {
    const large = moving({ bytes: 400e6 }, 1000e6);
    expect(shown(large, 500).line).toBe('uploading 3 of 10 files, 400 MB of 1.0 GB');
    expect(shown(large, 20_000).line).toBe('uploading 3 of 10 files, 400 MB of 1.0 GB, 30 s left, 20.0 MB/s');
  });

  it('counts small files, as the time that each takes hardly depends on its size', () => {
    const small = moving({ files: 4000, settled: 1000, failed: 1, bytes: 9000 }, 10_000);
    expect(shown(small, 10_000).line).toBe(
      'uploading 1000 of 4000 files, 9.0 kB of 10.0 kB, 1 failed, 29 s left, 100 files/s',
    );
  });

  it('has no time left where nothing moved', () => {
    const moved = { files: 2, settled: 0, failed: 0, bytes: 0 };
    expect(shown({ name: 'downloading', moved, total: 5 }, 5000).line).toBe(
      'downloading 0 of 2 files, 0 B of 5 B',
    );
  });
});

describe('how far steps are', () => {
  const clean = { step: 'clean', waiting: 0, running: 1, succeeded: 4, failed: 1 };
  const plot = { step: 'plot', waiting: 3, running: 0, succeeded: 1, failed: 0 };
  const counts = { waiting: 3, running: 1, succeeded: 5, failed: 1 };

  it('is one line, and one for each', () => {
    expect(shown({ name: 'working', counts, steps: [clean, plot] }, 0)).toEqual({
      line: '5 done, 1 running, 3 waiting, 1 failed: clean 4/6, plot 1/4',
      rows: ['clean  4 done, 1 running, 0 waiting, 1 failed', 'plot   1 done, 0 running, 3 waiting'],
    });
    const long = { ...plot, step: 'a-name-that-would-fill-the-line' };
    expect(shown({ name: 'working', counts, steps: [clean, long] }, 0).line).toContain(
      ': clean 4/6, a-name-that-would-f… 1/4',
    );
  });
});

describe('how far a deployment is', () => {
  const subject = { id: 'aws/1/role/x', kind: 'aws/role', action: 'create', step: undefined } as const;

  it('counts resources and says what the last one does', () => {
    const running = [{ type: 'progress', subject, message: 'waits', elapsedMs: 1 }] as const;
    const counts = { waiting: 2, running: 1, succeeded: 3, failed: 0 };
    expect(shown({ name: 'applying', work: { counts, running } }, 0)).toEqual({
      line: '3 done, 1 running, 2 waiting: role x: waits',
      rows: ['role x: waits'],
    });
  });
});
