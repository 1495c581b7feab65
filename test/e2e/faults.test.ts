/**
 * Whatever call fails while a workflow is set up, changed or removed: the next command gets it right, and rm leaves nothing.
 * Of the first three workflows one, and some calls, by the date; others with `FDL_FAULTS=NUMBER`, all of them with `node bench/faults.mjs`.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tried } from '../sample.ts';
import { needs } from '../standins/need.ts';
import { FAULTS, type FaultLab, openFaultLab, samples } from './faults.ts';
import { ROOT } from './fdl.ts';

const SEED = Number(process.env['FDL_FAULTS'] ?? Math.floor(Date.now() / 86_400_000));
const [jobs, clouds, chain, services] = samples(ROOT);

/** How often each is set up and removed again here, and about how many calls its commands make. */
const PARTS = [
  ...tried([
    { sample: jobs, times: 1, calls: 150 },
    { sample: clouds, times: 2, calls: 55 },
    { sample: chain, times: 2, calls: 95 },
  ]),
  { sample: services, times: 2, calls: 25 },
] as const;

const aims = PARTS.flatMap(({ sample, times, calls }, index) =>
  fc
    .sample(fc.tuple(fc.integer({ min: 1, max: calls }), fc.constantFrom(...FAULTS)), {
      seed: SEED + index,
      numRuns: times,
    })
    .map(([call, fault]) => ({ sample, name: sample?.name, call, fault })),
);

describe.skipIf(!needs('podman', 'registry', 'busybox', 'moto'))('a workflow', () => {
  let lab: FaultLab;

  beforeAll(async () => {
    lab = await openFaultLab(ROOT);
  });
  afterAll(() => lab?.close());

  it.each(aims)(
    `$name: call $call of each command, $fault (FDL_FAULTS=${SEED})`,
    async ({ sample, ...aim }) => {
      if (!sample) throw new Error('there is no such workflow');
      const cases = await lab.cycle(sample, aim.call, aim.fault);
      expect(cases.filter(({ hit }) => hit !== undefined).length).toBeGreaterThan(0);
      for (const { operation, hit, wrong } of cases) expect(wrong, `${operation}, ${hit}`).toEqual([]);
    },
  );

  it('does not notice that the first answer to each change is lost', async () => {
    if (!chain) throw new Error('there is no such workflow');
    expect(await lab.lossy(chain)).toEqual([]);
  });
});
