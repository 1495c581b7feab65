import { describe, expect, it } from 'vitest';
import { applyPlan } from '../../src/deploy/apply.ts';
import { makePlan } from '../../src/deploy/plan.ts';
import { FdlError } from '../../src/errors.ts';
import { composeProviders } from '../../src/providers/composite.ts';
import type { Purpose } from '../../src/providers/provider.ts';
import type { Invocation, LogLine } from '../../src/workflow/invocation.ts';
import type { Step, Workflow } from '../../src/workflow/model.ts';
import { statuses } from '../deploy/apply-to.ts';
import { idsOf, madeUpWorld } from '../deploy/made-up.ts';
import { type Behaviour, collect, madeUpProvider, step, store, workflowOf } from './made-up-provider.ts';

const signal = new AbortController().signal;
const WORKFLOW = workflowOf([step('aws', 'shrink', 'detect'), step('oscar', 'detect'), step('aws', 'store')]);
const DOWN = new FdlError('oscar-unreachable', 'the cluster is down');
const fail = async () => {
  throw DOWN;
};

function both({ aws, oscar }: { aws?: Behaviour; oscar?: Behaviour } = {}) {
  const world = madeUpWorld();
  const parts = [
    {
      name: 'aws',
      provider: madeUpProvider('aws', world, aws),
      opens: ({ kind }: { kind: string }) => kind === 's3',
    },
    { name: 'oscar', provider: madeUpProvider('oscar', world, oscar) },
  ];
  return { world, provider: composeProviders(parts, signal) };
}

/** As the commands do. */
async function plan({ provider }: ReturnType<typeof both>, purpose: Purpose = 'apply', file = WORKFLOW) {
  const workflow = (await provider.complete?.(file)) ?? file;
  const { deployer } = provider;
  const facts = await deployer.resolve(workflow, purpose);
  const endpoint = (id: string) => deployer.endpoint?.(workflow, id, facts);
  const desired = deployer.desired(workflow, facts, { endpoint });
  const kinds = deployer.kinds(workflow, facts, { deleteData: true });
  const remove = purpose === 'remove';
  return {
    kinds,
    plan: await makePlan({
      workflow: 'demo',
      desired,
      kinds,
      signal,
      remove,
      tolerant: true,
      orphans: 'name',
    }),
  };
}

async function apply(of: ReturnType<typeof both>, purpose?: Purpose) {
  const planned = await plan(of, purpose);
  return (await applyPlan(planned.plan, { kinds: planned.kinds, signal, emit: () => {} })).report;
}

describe('several providers set a workflow up', () => {
  it('each its own steps, with its own facts; an address goes from one to the other', async () => {
    const of = both();
    expect(statuses(await apply(of))).toEqual([
      'create oscar/lab/part/detect: done',
      'create aws/lab/part/shrink: done',
      'create aws/lab/part/store: done',
    ]);
    const attrs = of.world.things.get('aws/lab/part/shrink')?.attrs;
    expect(attrs?.['facts']).toBe('facts of aws');
    expect(attrs?.['calls']).toBe(of.world.things.get('oscar/lab/part/detect')?.attrs['arn']);
    expect((await plan(of)).kinds['oscar/part']?.title).toBe('facts of oscar true');
    expect((await plan(of)).plan.summary).toMatchObject({ keep: 3, unknown: 0 });
  });

  it('one that can not be reached fails its steps and what needs them, no others', async () => {
    const of = both({ oscar: { resolve: fail } });
    const report = await apply(of);
    expect(statuses(report)).toEqual([
      'unknown oscar/unreached/step/detect: failed',
      'unknown aws/lab/part/shrink: skipped',
      'create aws/lab/part/store: done',
    ]);
    expect(report.outcomes[0]).toMatchObject({ step: 'detect', error: { code: 'oscar-unreachable' } });
    expect(idsOf(of.world, 'read')).toEqual(['aws/lab/part/store']);
  });

  it('so it is where it fails before that, and it is not asked again', async () => {
    let asked = 0;
    const resolve = async () => ++asked;
    const report = await apply(both({ oscar: { complete: fail, resolve } }));
    expect(report.summary).toMatchObject({ create: 1, failed: 1, skipped: 1 });
    expect(asked).toBe(0);
  });

  it('removes what it can reach, and says what it can not', async () => {
    const of = both();
    await apply(of);
    const down = composeProviders(
      [
        { name: 'aws', provider: madeUpProvider('aws', of.world) },
        { name: 'oscar', provider: madeUpProvider('oscar', of.world, { resolve: fail }) },
      ],
      signal,
    );
    const report = await apply({ world: of.world, provider: down }, 'remove');
    expect(report.ok).toBe(false);
    expect(statuses(report)).toContain('unknown oscar/unreached/step/detect: failed');
    expect(statuses(report)).toContain('delete aws/lab/part/store: done');
  });

  it('where all fail, or the file is to blame, it is just the error', async () => {
    for (const purpose of ['apply', 'remove'] as const)
      await expect(plan(both({ aws: { resolve: fail }, oscar: { resolve: fail } }), purpose)).rejects.toBe(
        DOWN,
      );
    const wrong = new FdlError('mode-missing', 'no such mode', { exitCode: 2 });
    const resolve = async () => {
      throw wrong;
    };
    await expect(plan(both({ aws: { resolve } }))).rejects.toBe(wrong);
  });

  it('an interruption stops them all', async () => {
    const controller = new AbortController();
    const stop = async () => {
      controller.abort();
      throw controller.signal.reason;
    };
    const world = madeUpWorld();
    const provider = composeProviders(
      [
        { name: 'aws', provider: madeUpProvider('aws', world) },
        { name: 'oscar', provider: madeUpProvider('oscar', world, { resolve: stop }) },
      ],
      controller.signal,
    );
    await expect(provider.deployer.resolve(WORKFLOW, 'apply')).rejects.toBe(controller.signal.reason);
  });

  it('has the notes of all', async () => {
    const { deployer } = both().provider;
    const notes = deployer.notes?.(WORKFLOW, await deployer.resolve(WORKFLOW, 'apply'));
    expect(notes).toEqual(['shrink is open', 'store is open', 'detect is open']);
  });
});

describe('completing a workflow', () => {
  it('takes over what each knows of stores and clusters, in the order of the file', async () => {
    const file = workflowOf(
      [step('aws', 'a'), step('oscar', 'b')],
      [store('minio.lab'), store('s3.default')],
    );
    const known = (id: string, more: object) => async (workflow: Workflow) => ({
      ...workflow,
      stores: workflow.stores.map((each) => (each.id === id ? { ...each, ...more } : each)),
    });
    const oscar = async (workflow: Workflow) => ({
      ...(await known('minio.lab', { endpoint: 'https://lab' })(workflow)),
      clusters: [{ id: 'lab', verifyTls: true, endpoint: 'https://lab' }],
    });
    const { provider } = both({
      aws: { complete: known('s3.default', { region: 'eu-west-1' }) },
      oscar: { complete: oscar },
    });
    const { stores, clusters, steps } = (await provider.complete?.(file)) ?? file;
    expect(stores.map(({ id, endpoint, region }) => [id, endpoint ?? region])).toEqual([
      ['minio.lab', 'https://lab'],
      ['s3.default', 'eu-west-1'],
    ]);
    expect(clusters).toMatchObject([{ id: 'lab', endpoint: 'https://lab' }]);
    expect(steps).toBe(file.steps);
  });
});

const at = (step: string, time: string | undefined): Invocation => {
  return { id: `${step} ${time}`, step, status: 'running', outputs: [], ...(time && { startedAt: time }) };
};
const line = (step: string, time: string): LogLine => {
  return { step, time, invocation: '1', stream: 'stdout', message: time };
};

describe('several providers run a workflow', () => {
  const aws = {
    invocations: [at('shrink', '2026-01-01'), at('shrink', '2026-01-04'), at('shrink', undefined)],
    logs: [line('shrink', '1'), line('shrink', '4')],
  };
  const oscar = {
    invocations: [at('detect', '2026-01-02'), at('detect', '2026-01-05')],
    logs: [line('detect', '2'), line('detect', '3'), line('detect', '5')],
  };
  const { runtime } = both({ aws, oscar }).provider;

  it('invocations and logs are in order of time', async () => {
    const invocations = await collect(runtime.invocations(WORKFLOW, {}));
    expect(invocations.map(({ startedAt }) => startedAt?.slice(-1))).toEqual(['1', '2', '4', '5', undefined]);
    for (const follow of [false, true]) {
      const lines = await collect(runtime.logs(WORKFLOW, { follow }));
      expect([...lines].map(({ message }) => message).sort()).toEqual(['1', '2', '3', '4', '5']);
      if (!follow) expect(lines.map(({ message }) => message)).toEqual(['1', '2', '3', '4', '5']);
    }
  });

  it('one step is asked of its provider alone', async () => {
    const lines = await collect(runtime.logs(WORKFLOW, { step: 'detect' }));
    expect(lines.map(({ message }) => message)).toEqual(['2', '3', '5']);
    const broken = both({ aws, oscar: { ...oscar, complete: fail } }).provider;
    await broken.complete?.(WORKFLOW);
    expect(await collect(broken.runtime.logs(WORKFLOW, { step: 'shrink' }))).toHaveLength(2);
    expect(() => broken.runtime.logs(WORKFLOW, { step: 'detect' })).toThrow(DOWN);
    expect(() => broken.runtime.logs(WORKFLOW, {})).toThrow(DOWN);
  });

  it('steps, stores, calls and what is deployed come from whose they are', async () => {
    expect((await runtime.steps(WORKFLOW)).map(({ step, provider }) => `${provider} ${step}`)).toEqual([
      'aws shrink',
      'aws store',
      'oscar detect',
    ]);
    expect(runtime.storage(WORKFLOW, store('s3.mine'))).toEqual({ opened: 's3.mine by aws' });
    expect(runtime.storage(WORKFLOW, store('minio.lab'))).toEqual({ opened: 'minio.lab by aws' });
    const call = { payload: '', async: false };
    const [shrink, detect] = WORKFLOW.steps;
    if (!shrink || !detect) throw new Error('no steps');
    const answer = async (of: Step) => String((await runtime.invoke(WORKFLOW, of, call)).body);
    expect(await answer(shrink)).toBe('shrink by aws');
    expect(await answer(detect)).toBe('detect by oscar');
    expect((await runtime.deployed()).map(({ workflow, steps }) => [workflow, steps.length])).toEqual([
      ['aws', 0],
      ['both', 2],
      ['oscar', 0],
    ]);
  });
});
