import { describe, expect, it } from 'vitest';
import { traced } from '../../src/session/trace.ts';
import type { Store } from '../../src/storage/store.ts';
import { plain } from '../../src/terminal/style.ts';
import { traceText } from '../../src/terminal/trace-text.ts';
import type { Invocation } from '../../src/workflow/invocation.ts';
import type { Workflow } from '../../src/workflow/model.ts';
import { traceHtml, traceMermaid, traceOtlp } from '../../src/workflow/trace-formats.ts';
import { problemWithOutput } from '../commands/json-documents.ts';

const stores = [
  { id: 's3.default', kind: 's3', namespace: 's3.default' },
  { id: 's3.other', kind: 's3', namespace: 's3.default' },
  { id: 'minio.lab', kind: 'minio', namespace: 'minio.lab' },
] as unknown as readonly Store[];
const SHOP: Workflow = { name: 'shop', file: 'f', steps: [], links: [], stores, clusters: [] };

/** Seconds after the start. */
const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000).toISOString();

function ran(
  id: string,
  input: string | undefined,
  outputs: readonly string[],
  [from, to]: readonly [number, number],
  more: Partial<Invocation> = {},
): Invocation {
  const [step = ''] = id.split('-');
  const ref = (uri: string) => ({ uri, size: 10, etag: 'as its store gave it' });
  return {
    id,
    step,
    status: 'succeeded',
    ...(input !== undefined && { input: ref(input) }),
    outputs: outputs.map(ref),
    startedAt: at(from),
    endedAt: at(to),
    durationMs: (to - from) * 1000,
    ...more,
  };
}

/** A video is split into two parts, one of which is scaled at the second attempt; another video goes its own way. */
const RUNS: readonly Invocation[] = [
  ran('split-1', 's3://shop/in/a.mp4', ['s3://shop/parts/1', 's3://shop/parts/2'], [0, 4]),
  ran('scale-1', 's3.other://shop/parts/1', [], [5, 6], { status: 'failed', reason: 'no room' }),
  ran('scale-2', 's3.other://shop/parts/1', ['minio.lab://shop/out/1'], [9, 10]),
  ran('scale-3', 's3.other://shop/parts/2', ['minio.lab://shop/out/2'], [5, 7]),
  ran('split-2', 's3://shop/in/b.mp4', ['s3://shop/parts/9'], [0, 1]),
];

const trace = (wanted: string, runs = RUNS) => traced(SHOP, runs, wanted);

describe('a trace', () => {
  it('goes back to what came from outside, by whichever store an object is called, and leaves the rest out', () => {
    const found = trace('minio.lab://shop/out/1');
    const printed = { code: 0, stdout: JSON.stringify(found) };
    expect(problemWithOutput(['trace', '--json'], printed)).toBeUndefined();
    expect(found.roots).toEqual(['s3://shop/in/a.mp4']);
    expect(
      found.invocations.map(({ id, waitedMs, attempt, otherOutputs }) => [
        id,
        waitedMs,
        attempt,
        otherOutputs,
      ]),
    ).toEqual([
      ['split-1', undefined, 1, 1],
      ['scale-2', 5000, 2, 0],
    ]);
    expect(found.objects).toEqual([
      { uri: 's3://shop/in/a.mp4', size: 10, writtenBy: [], triggered: ['split-1'] },
      { uri: 's3://shop/parts/1', size: 10, writtenBy: ['split-1'], triggered: ['scale-2'] },
      { uri: 'minio.lab://shop/out/1', size: 10, writtenBy: ['scale-2'], triggered: [] },
    ]);
  });

  it('goes on to all that came of an object, with every attempt', () => {
    expect(traceText(trace('a.mp4'), plain)).toBe(`s3://shop/in/a.mp4 10 B ◀
└─ ✓ split succeeded, 4.0 s split-1
   ├─ s3://shop/parts/1 10 B
   │  ├─ ✗ scale failed, 1.0 s, waited 1.0 s scale-1
   │  │     no room
   │  └─ ✓ scale succeeded, 1.0 s, waited 5.0 s, attempt 2 scale-2
   │     └─ minio.lab://shop/out/1 10 B
   └─ s3://shop/parts/2 10 B
      └─ ✓ scale succeeded, 2.0 s, waited 1.0 s scale-3
         └─ minio.lab://shop/out/2 10 B`);
  });

  it('begins at the first of files that keep their name, and has attempts that share an id once', () => {
    const again = { id: 'up-1', status: 'failed', reason: 'too short' } as const;
    const runs = [
      ran('up-1', 's3://shop/in/x', [], [0, 1], again),
      ran('up-1', 's3://shop/in/x', [], [2, 3], again),
      ran('up-1', 's3://shop/in/x', ['s3://shop/up/x'], [4, 5]),
      ran('up-1', 's3://shop/in/x', ['s3://shop/up/x'], [6, 7]),
    ];
    expect(traceText(trace('x', runs), plain)).toBe(`s3://shop/in/x 10 B ◀
└─ ✓ up succeeded, 1.0 s, attempt 4 up-1
   └─ s3://shop/up/x 10 B`);
  });

  it('is found by an id, its beginning, or the end of a URI; what may be several things is asked back', () => {
    expect(trace('scale-3').subject).toBe('scale-3');
    expect(trace('split-2').roots).toEqual(['s3://shop/in/b.mp4']);
    expect(trace('out/2').subject).toBe('minio.lab://shop/out/2');
    expect(trace('2').subject).toBe('s3://shop/parts/2');
    expect(() => trace('split')).toThrow('"split" may be split-1 or split-2');
    expect(() => trace('c.mp4')).toThrow('no invocation read or wrote "c.mp4"');
  });

  it('ends where steps feed each other, and where an object is written twice', () => {
    const circle = [
      ran('ping-1', 's3://shop/a/x', ['s3://shop/b/x'], [0, 1]),
      ran('pong-1', 's3://shop/b/x', ['s3://shop/a/x'], [2, 3]),
    ];
    expect(traceText(trace('b/x', circle), plain).match(/\(above\)/g)).toHaveLength(1);
    const twice = [
      ran('put-1', 's3://shop/in/1', ['s3://shop/one'], [0, 1]),
      ran('put-2', 's3://shop/in/2', ['s3://shop/one'], [0, 2]),
    ];
    const found = trace('one', twice);
    expect(found.roots).toEqual(['s3://shop/in/1', 's3://shop/in/2']);
    expect(traceText(found, plain)).toContain('s3://shop/one 10 B written 2 times');
  });

  it('begins with a call that named no object, and knows a job by the id of who handed over to it', () => {
    const runs = [
      ran('gate-1', undefined, [], [0, 1], { status: 'delegated', job: 'j-9' }),
      ran('call-1', undefined, ['s3://shop/out/x'], [1, 2]),
    ];
    expect(trace('out/x', runs).roots).toEqual(['call-1']);
    expect(traceText(trace('gate-1', runs), plain)).toBe('→ gate delegated, 1.0 s, to job j-9 gate-1 ◀');
  });
});

describe('for other programs', () => {
  it('is a diagram and a page in which names are only names', () => {
    const runs = [ran('split-1', 's3://shop/in/"<b>.mp4', ['s3://shop/parts/1'], [0, 1])];
    expect(traceMermaid(trace('parts/1', runs))).toBe(`flowchart LR
  o1[/"s3://shop/in/#quot;#lt;b#gt;.mp4"/]
  o2[/"s3://shop/parts/1"/]
  i1["split succeeded, 1000 ms"]
  o1 --> i1
  i1 --> o2
  style o2 stroke-width:4px`);
    const page = traceHtml(trace('parts/1', runs));
    expect(page).toContain('<code>s3://shop/in/&quot;&lt;b&gt;.mp4</code>');
    expect(page).not.toMatch(/<b>\.mp4|<script|https?:/);
  });

  it('is spans of which each begins with what wrote its input, the same ones each time', () => {
    const spansOf = (found: ReturnType<typeof trace>) => {
      const otlp = traceOtlp(found, '1.0.0', new Date(0)) as {
        resourceSpans: { scopeSpans: { spans: Record<string, string>[] }[] }[];
      };
      return otlp.resourceSpans[0]?.scopeSpans[0]?.spans ?? [];
    };
    const [split, ...scales] = spansOf(trace('a.mp4'));
    expect(split).toMatchObject({
      name: 'split',
      startTimeUnixNano: '1800000000000000000',
      status: { code: 1 },
    });
    expect(split?.['traceId']).toMatch(/^[0-9a-f]{32}$/);
    expect(split).not.toHaveProperty('parentSpanId');
    expect(scales.map((span) => span['parentSpanId'])).toEqual(scales.map(() => split?.['spanId']));
    expect(scales[0]).toMatchObject({ status: { code: 2, message: 'no room' } });
    expect(spansOf(trace('a.mp4'))).toEqual([split, ...scales]);
  });

  it('is spans with the ids that objects carry, below what an input came with, and linked to what else wrote it', () => {
    const span = (traceId: string, spanId: string, parentSpanId?: string) => {
      const own = { traceId: traceId.repeat(32), spanId: spanId.repeat(16) };
      return { span: { ...own, ...(parentSpanId && { parentSpanId: parentSpanId.repeat(16) }) } };
    };
    const invocations = [
      ran('one-1', 's3://b/in', ['s3://b/mid'], [0, 1], span('a', '1', 'e')),
      ran('one-2', 's3://b/in', ['s3://b/mid'], [1, 2], span('a', '2', 'e')),
      ran('two-1', 's3://b/mid', ['s3://b/out'], [3, 4], span('a', '3', '1')),
      // Its store has no metadata, so that it knew nothing of what was before.
      ran('three-1', 's3://b/out', [], [5, 6], span('c', '4')),
    ];
    const otlp = traceOtlp(traced(SHOP, invocations, 's3://b/in'), '1', new Date(0)) as {
      resourceSpans: { scopeSpans: { spans: Record<string, unknown>[] }[] }[];
    };
    const found = (otlp.resourceSpans[0]?.scopeSpans[0]?.spans ?? []).map(
      ({ traceId, spanId, parentSpanId, links }) =>
        [traceId, spanId, parentSpanId, links].map((each) => each ?? '-'),
    );
    const id = (sign: string, length = 16) => sign.repeat(length);
    const other = [{ traceId: id('a', 32), spanId: id('2') }];
    expect(found).toEqual([
      [id('a', 32), id('1'), id('e'), '-'],
      [id('a', 32), id('3'), id('1'), other],
      [id('a', 32), id('4'), id('3'), '-'],
      [id('a', 32), id('2'), id('e'), '-'],
    ]);
  });
});
