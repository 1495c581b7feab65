import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/storage/store.ts';
import { follow, triggeredSteps } from '../../src/workflow/follow.ts';
import type { Invocation, InvocationStatus } from '../../src/workflow/invocation.ts';
import type { Folder, Step, Workflow } from '../../src/workflow/model.ts';

const STORES = [
  { id: 's3.default', kind: 's3', name: 'default', namespace: 's3.default' },
  { id: 's3.other', kind: 's3', name: 'other', namespace: 's3.default' },
  { id: 'minio.lab', kind: 'minio', name: 'lab', namespace: 'minio.lab' },
] as unknown as readonly Store[];

/** `[store:]bucket/prefix` */
function folder(text: string): Folder {
  const [store = '', path = ''] = text.includes(':') ? text.split(':') : ['s3.default', text];
  const [bucket = '', ...prefix] = path.split('/');
  const namespace = STORES.find(({ id }) => id === store)?.namespace ?? store;
  return { store, namespace, bucket, prefix: prefix.join('/'), place: { file: 'f', line: 1, column: 1 } };
}

function step(id: string, input: string, more: object = {}): Step {
  return {
    id,
    serves: false,
    listensTo: ['s3'],
    inputs: [folder(input)],
    outputs: [],
    ...more,
  } as unknown as Step;
}

function workflow(...steps: readonly Step[]): Workflow {
  return { name: 'shop', file: 'f', steps, links: [], stores: STORES, clusters: [] };
}

const SHOP = workflow(step('split', 'shop/in'), step('scale', 'shop/parts'), step('join', 'shop/scaled'));
const PUT = { store: 's3.default', bucket: 'shop', key: 'in/a.mp4' };

let made = 0;

function ran(
  name: string,
  input: string,
  outputs: readonly string[],
  more: Partial<Invocation> = {},
): Invocation {
  made += 1;
  return {
    id: `i${made}`,
    step: name,
    status: 'succeeded',
    input: { uri: `s3://shop/${input}`, size: 1 },
    outputs: outputs.map((key) => ({ uri: `s3://shop/${key}`, size: 1 })),
    startedAt: new Date(made * 1000).toISOString(),
    ...more,
  };
}

const state = (status: InvocationStatus) => ({ status });
const pendingOf = ({ pending }: ReturnType<typeof follow>) =>
  pending.map((each) => `${each.step} ${each.uri}`);

describe('triggeredSteps', () => {
  it('finds the steps that listen to the folder of an object, or to one above it', () => {
    const steps = triggeredSteps(
      workflow(step('a', 'shop/in'), step('b', 'shop'), step('c', 'shop/in/deep')),
    );
    expect(steps(PUT)).toEqual(['a', 'b']);
    expect(steps({ ...PUT, key: 'in/deep/x' })).toEqual(['a', 'b', 'c']);
    expect(steps({ ...PUT, key: 'inside' })).toEqual(['b']);
    expect(steps({ ...PUT, bucket: 'shop2' })).toEqual([]);
  });

  it('compares buckets, not the names of their stores', () => {
    const steps = triggeredSteps(workflow(step('a', 's3.other:shop/in')));
    expect(steps(PUT)).toEqual(['a']);
    expect(steps({ ...PUT, store: 'minio.lab' })).toEqual([]);
  });

  it('names a step once that listens twice, and none that only serves', () => {
    const twice = step('a', 'shop/in', { inputs: [folder('shop/in'), folder('shop')] });
    const steps = triggeredSteps(workflow(twice, step('web', 'shop/in', { serves: true })));
    expect(steps(PUT)).toEqual(['a']);
  });

  it('names steps that listen to the kind of store alone', () => {
    const onCluster = { listensTo: ['minio'] };
    const steps = triggeredSteps(
      workflow(
        step('a', 'minio.lab:shop/in'),
        step('b', 'minio.lab:shop/in', onCluster),
        step('c', 'shop/in', onCluster),
      ),
    );
    expect(steps({ ...PUT, store: 'minio.lab' })).toEqual(['b']);
    expect(steps(PUT)).toEqual([]);
  });
});

describe('follow', () => {
  it('expects the steps that the objects trigger, then those that their outputs trigger', () => {
    expect(pendingOf(follow(SHOP, [PUT], []))).toEqual(['split s3://shop/in/a.mp4']);
    const split = ran('split', 'in/a.mp4', ['parts/1', 'parts/2']);
    expect(pendingOf(follow(SHOP, [PUT], [split]))).toEqual([
      'scale s3://shop/parts/1',
      'scale s3://shop/parts/2',
    ]);
    const scaled = [
      ran('scale', 'parts/1', ['scaled/1']),
      ran('scale', 'parts/2', ['scaled/2'], state('running')),
    ];
    expect(pendingOf(follow(SHOP, [PUT], [split, ...scaled]))).toEqual([
      'scale s3://shop/parts/2',
      'join s3://shop/scaled/1',
      'join s3://shop/scaled/2',
    ]);
  });

  it('is over when nothing is pending; what failed is told and leads nowhere', () => {
    const failed = ran('split', 'in/a.mp4', [], state('failed'));
    expect(follow(SHOP, [PUT], [failed])).toMatchObject({ pending: [], invocations: [failed] });
  });

  it('leaves out what others set off', () => {
    const other = ran('split', 'in/b.mp4', ['parts/9']);
    const followed = follow(SHOP, [PUT], [other]);
    expect(followed.invocations).toEqual([]);
    expect(pendingOf(followed)).toEqual(['split s3://shop/in/a.mp4']);
  });

  it('counts an object once whose event came twice, with the attempt that succeeded', () => {
    const attempts = [
      ran('split', 'in/a.mp4', ['parts/1']),
      ran('split', 'in/a.mp4', ['parts/1'], state('failed')),
      ran('split', 'in/a.mp4', [], state('running')),
    ];
    const followed = follow(SHOP, [PUT], attempts);
    expect(followed.invocations).toEqual([attempts[0]]);
    expect(pendingOf(followed)).toEqual(['scale s3://shop/parts/1']);
  });

  it('waits again where a failed attempt is repeated', () => {
    const failed = ran('split', 'in/a.mp4', [], state('failed'));
    const again = ran('split', 'in/a.mp4', [], state('running'));
    expect(follow(SHOP, [PUT], [again, failed]).pending).toMatchObject([{ invocation: again }]);
  });

  it('goes on with what was handed over to a job', () => {
    const handed = ran('split', 'in/a.mp4', [], state('delegated'));
    expect(pendingOf(follow(SHOP, [PUT], [handed]))).toEqual(['split s3://shop/in/a.mp4']);
    const job = ran('split', 'in/a.mp4', ['parts/1']);
    expect(pendingOf(follow(SHOP, [PUT], [handed, job]))).toEqual(['scale s3://shop/parts/1']);
  });

  it('waits for a job that waits itself, and ends with one that failed', () => {
    const handed = ran('split', 'in/a.mp4', [], state('delegated'));
    const failed = ran('split', 'in/a.mp4', [], state('failed'));
    const again = ran('split', 'in/a.mp4', [], state('delegated'));
    const { startedAt: _, ...queued } = ran('split', 'in/a.mp4', [], state('queued'));
    expect(follow(SHOP, [PUT], [queued, handed]).pending).toMatchObject([{ invocation: queued }]);
    expect(follow(SHOP, [PUT], [queued, handed, failed]).pending).toMatchObject([{ invocation: queued }]);
    expect(follow(SHOP, [PUT], [handed, failed, again])).toMatchObject({
      pending: [],
      invocations: [failed],
    });
  });

  it('ends where a step writes into its own input', () => {
    const loop = workflow(step('again', 'shop/in'));
    const invocations = [ran('again', 'in/a.mp4', ['in/b']), ran('again', 'in/b', ['in/a.mp4'])];
    expect(follow(loop, [PUT], invocations)).toMatchObject({ pending: [], invocations });
  });

  it('knows an object by whichever store it is named', () => {
    const uri = 's3.other://shop/in/a.mp4';
    const split = ran('split', '', [], { input: { uri, size: 1 } });
    expect(follow(SHOP, [PUT], [split]).invocations).toEqual([split]);
  });

  it('gives inputs the failures of a step that cannot start, once there are as many', () => {
    const two = [PUT, { ...PUT, key: 'in/b.mp4' }];
    const unstarted = (id: string): Invocation => {
      return { id, step: 'split', status: 'failed', outputs: [], durationMs: 0, reason: 'no network' };
    };
    expect(follow(SHOP, two, [unstarted('r1')]).pending).toHaveLength(2);
    const direct: Invocation = { ...unstarted('call'), durationMs: 0, exitCode: 1 };
    expect(follow(SHOP, two, [unstarted('r1'), direct]).pending).toHaveLength(2);
    expect(follow(SHOP, two, [unstarted('r1'), unstarted('r2')])).toMatchObject({
      pending: [],
      invocations: [
        { id: 'r1', input: { uri: 's3://shop/in/a.mp4' }, reason: 'no network' },
        { id: 'r2', input: { uri: 's3://shop/in/b.mp4' } },
      ],
    });
  });

  it('gives inputs the jobs of a cluster whose logs say nothing, and follows what those wrote', () => {
    const onLab = { listensTo: ['minio'], hidesInput: true };
    const lab = workflow(
      step('split', 'minio.lab:shop/in', onLab),
      step('join', 'minio.lab:shop/parts', onLab),
    );
    const put = { store: 'minio.lab', bucket: 'shop', key: 'in/a' };
    const job = (id: string, name: string, more: Partial<Invocation> = {}): Invocation => {
      return { id, step: name, status: 'succeeded', outputs: [], durationMs: 1000, ...more };
    };
    const split = job('j1', 'split', { outputs: [{ uri: 'minio.lab://shop/parts/a', size: 1 }] });
    expect(follow(lab, [put], [job('j1', 'split', state('queued'))])).toMatchObject({
      pending: [{ step: 'split', invocation: { id: 'j1', status: 'queued' } }],
    });
    expect(follow(lab, [put], [split]).pending).toMatchObject([{ step: 'join' }]);
    expect(follow(lab, [put], [split, job('j2', 'join')])).toMatchObject({
      pending: [],
      invocations: [
        { id: 'j1', input: { uri: 'minio.lab://shop/in/a' } },
        { id: 'j2', input: { uri: 'minio.lab://shop/parts/a' } },
      ],
    });
  });

  it('takes what another step did for an object that a cluster handed on', () => {
    const onCluster = { listensTo: ['minio'] };
    const lab = workflow(
      step('split', 'minio.lab:shop/in', { ...onCluster, standIns: ['far/split', 'overflow'] }),
      step('far/split', 'minio.far:shop/in', onCluster),
      step('overflow', 's3.default:other/in'),
      step('join', 's3.default:shop/parts'),
    );
    const put = { store: 'minio.lab', bucket: 'shop', key: 'in/a' };
    const input = { uri: 'minio.lab://shop/in/a', size: 1 };
    expect(follow(lab, [put], [ran('other', '', [], { input })]).pending).toHaveLength(1);
    for (const name of ['far/split', 'overflow']) {
      const { expected, pending } = follow(lab, [put], [ran(name, '', ['parts/a'], { input })]);
      expect(expected).toMatchObject([{ step: 'split', invocation: { step: name } }, { step: 'join' }]);
      expect(pending).toMatchObject([{ step: 'join' }]);
    }
  });

  it('follows thousands', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `parts/${index}`);
    const split = ran('split', 'in/a.mp4', keys);
    const scaled = keys.map((key) => ran('scale', key, [`scaled/${key}`]));
    const joined = keys.map((key) => ran('join', `scaled/${key}`, []));
    const { pending, invocations } = follow(SHOP, [PUT], [split, ...scaled, ...joined]);
    expect(pending).toEqual([]);
    expect(invocations).toHaveLength(10_001);
  });
});
