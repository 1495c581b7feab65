import { expect, it } from 'vitest';
import type { Store } from '../../src/storage/store.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';
import type { Step, Workflow } from '../../src/workflow/model.ts';
import { boundsOf, stepReports } from '../../src/workflow/report.ts';

const stores = [{ id: 's3.default', kind: 's3', namespace: 's3.default' }] as unknown as readonly Store[];
const step = {
  id: 'cut',
  where: 'aws batch',
  image: 'cut:1',
  limits: { memoryMib: 2, gpus: 0 },
} as unknown as Step;
const SHOP: Workflow = { name: 'shop', file: 'f', steps: [step], links: [], stores, clusters: [] };

function ran(id: string, input: string, seconds: number, more: Partial<Invocation> = {}): Invocation {
  const startedAt = new Date(1_800_000_000_000 + seconds * 1000).toISOString();
  return {
    id,
    step: 'cut',
    status: 'succeeded',
    input: { uri: `s3://in/${input}`, size: 5 },
    outputs: [],
    startedAt,
    ...more,
  };
}

const usage = (cpuMs: number) => ({ wallMs: 100, cpuMs, bytesIn: 5, bytesOut: 0 });

it('counts an input once, by what it has come to, and every attempt for what it took', () => {
  const invocations = [
    ran('1', 'a', 0, { status: 'failed', durationMs: 10, usage: usage(40), key: 'x.i.p' }),
    ran('2', 'a', 9, { durationMs: 30, usage: usage(20), key: 'y.i.p' }),
    ran('3', 'b', 1, { status: 'delegated', durationMs: 7 }),
    ran('4', 'b', 2, { status: 'timed-out', durationMs: 20, outputs: [{ uri: 's3://out/b', size: 3 }] }),
    ran('5', 'c', 3, { durationMs: 50, usage: usage(90), endedAt: '2027-01-15T08:00:20.000Z' }),
    ran('6', 'd', 4, { status: 'running' }),
  ];
  expect(stepReports(SHOP, invocations, new Map([['cut', 'abc']]))).toEqual([
    {
      step: 'cut',
      where: 'aws batch',
      image: 'cut:1',
      scriptSha256: 'abc',
      versions: { script: 2, image: 1, parameters: 1 },
      memoryLimitBytes: 2_097_152,
      succeeded: 2,
      failed: 1,
      unfinished: 1,
      invocations: 5,
      durationMs: { count: 4, min: 10, median: 25, max: 50, sum: 110 },
      cpuMs: { count: 3, min: 20, median: 40, max: 90, sum: 150 },
      bytesIn: 25,
      bytesOut: 3,
    },
  ]);
  const bounds = { startedAt: invocations[0]?.startedAt, endedAt: '2027-01-15T08:00:20.000Z' };
  expect(boundsOf(invocations)).toEqual(bounds);
});
