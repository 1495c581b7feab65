import { describe, expect, it } from 'vitest';
import { FdlError } from '../../src/errors.ts';
import { bytesText, countOf, durationText } from '../../src/terminal/amount.ts';
import { errorJson, errorText } from '../../src/terminal/diagnostics.ts';
import { graphText } from '../../src/terminal/graph-text.ts';
import { lineText } from '../../src/terminal/log-text.ts';
import { countsText, failureText, filesText, stepsText } from '../../src/terminal/run-text.ts';
import { plain, type Style } from '../../src/terminal/style.ts';
import type { Invocation, LogLine } from '../../src/workflow/invocation.ts';
import { COUNT, UPPER, workflowText } from '../e2e/project.ts';
import { workflowOf } from '../providers/local/samples.ts';

/** Shows what is painted: `red(text)`. */
const marked: Style = (colour, text) => `${colour}(${text})`;

describe('amounts', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [12_345, '12.3 kB'],
    [99_499, '99.5 kB'],
    [99_500, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [5_000_000_000, '5.0 GB'],
    [7e15, '7000 TB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it.each([
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [4230, '4.2 s'],
    [59_940, '59.9 s'],
    [59_960, '1 min 0 s'],
    [119_600, '2 min 0 s'],
    [200_000, '3 min 20 s'],
  ])('%d milliseconds are %s', (milliseconds, text) => {
    expect(durationText(milliseconds)).toBe(text);
  });

  it('are counted in the singular and the plural', () => {
    expect([0, 1, 2].map((count) => countOf(count, 'file'))).toEqual(['0 files', '1 file', '2 files']);
  });
});

const DONE: Invocation = { id: 'plot-1', step: 'plot', status: 'succeeded', outputs: [] };

describe('what happened', () => {
  it('counts work, with failures only where there are some', () => {
    expect(countsText({ waiting: 5, running: 2, succeeded: 12, failed: 0 })).toBe(
      '12 done, 2 running, 5 waiting',
    );
    expect(countsText({ waiting: 0, running: 0, succeeded: 1, failed: 3 })).toContain(', 3 failed');
  });

  it('counts invocations by step, in the order of the workflow', () => {
    const of = (step: string) => ({ ...DONE, step });
    expect(stepsText([of('plot'), of('clean'), of('plot')], ['clean', 'plot'])).toBe('clean 1, plot 2');
  });

  it('lines files up', () => {
    const files = [
      { name: 'a', size: 1 },
      { name: 'longer', size: 2000 },
    ];
    expect(filesText(files)).toBe('  a       1 B\n  longer  2.0 kB');
    const wide = [...files, { name: '日本', size: 3 }, { name: 'new\nline.txt', size: 4 }];
    expect(filesText(wide, 20)).toBe('  a       1 B\n  longer  2.0 kB\n  日本    3 B\n  new\\nline.txt  4 B');
  });

  it('shows a failure with its input, reason, last lines, and where the rest is', () => {
    const invocation: Invocation = {
      ...DONE,
      status: 'failed',
      exitCode: 3,
      input: { uri: 's3://b/k', size: 1 },
    };
    const line = { file: 'my flows/plot.yaml', local: true, workflow: "ada's" };
    expect(failureText({ invocation, lastLines: ['one', 'two'] }, marked, line)).toBe(
      [
        'red(✗) bold(plot) failed for s3://b/k: it failed (exit code 3)',
        '    dim(|) one',
        '    dim(|) two',
        `    dim(fdl logs 'my flows/plot.yaml' --local --workflow 'ada'\\''s' --invocation plot-1)`,
      ].join('\n'),
    );
    const reason = { ...invocation, reason: 'The disk is full.' };
    expect(failureText({ invocation: reason, lastLines: [] }, plain, { file: 'f.yaml' })).toContain(
      ': The disk is full.\n',
    );
  });
});

describe('a line of the log', () => {
  const line: LogLine = {
    time: '2026-01-01T10:20:30.456Z',
    step: 'plot',
    invocation: 'plot-1',
    stream: 'stdout',
    message: 'hello',
  };
  const shown = (changes: Partial<LogLine>, style = plain) => lineText({ ...line, ...changes }, 6, style);

  it('has the time of day, the step, the text; errors are red', () => {
    expect(shown({})).toBe('10:20:30.456 plot   hello');
    expect(shown({ stream: 'stderr' }, marked)).toContain('red(hello)');
  });

  it('says in words what the supervisor notes', () => {
    const note = (record: object) => shown({ stream: 'supervisor', message: JSON.stringify(record) });
    expect(note({ fdl: 'start', invocation: 'i', input: { uri: 's3://b/k' } })).toContain(
      '▸ started s3://b/k',
    );
    const end = {
      fdl: 'end',
      invocation: 'i',
      status: 'failed',
      durationMs: 1500,
      reason: 'because',
      outputs: [{ uri: 's3://b/o' }],
    };
    expect(note(end)).toContain('✗ failed in 1.5 s → s3://b/o: because');
    expect(note({ fdl: 'outputs', invocation: 'i', outputs: [{ uri: 's3://b/o' }] })).toContain(
      'stored 1 file, and more',
    );
    const passed = { input: 's3://b/k', job: 'j1' };
    expect(note({ fdl: 'delegated', ...passed })).toContain('▸ passed on to the job j1 s3://b/k');
    expect(note({ fdl: 'undelegated', requestId: 'r', reason: 'because' })).toContain(
      '✗ not passed on: because',
    );
    expect(shown({ stream: 'supervisor', message: 'a warning' })).toContain('a warning');
  });

  it('shows what only looks like a record as it is', () => {
    const message = '{"fdl":"start", no json';
    expect(shown({ message })).toContain(message);
    expect(shown({ message, stream: 'supervisor' })).toContain(message);
  });
});

describe('an error', () => {
  const place = { file: 'w.yaml', line: 3, column: 7 };
  const error = new FdlError('bad-thing', '"x" is bad', { hint: 'Mend it.', place });

  it('shows the place and what to change', () => {
    expect(errorText(error, marked)).toBe('w.yaml:3:7: red(error): "x" is bad\n  cyan(hint): Mend it.');
    expect(errorJson(error, (text) => text.replace('x', 'y'))).toEqual({
      error: { code: 'bad-thing', message: '"y" is bad', hint: 'Mend it.', ...place },
    });
  });

  it('that nobody planned for says so; where it happened only when asked', () => {
    const shown = errorText(new TypeError('oops'), plain);
    expect(shown).toMatch(/^error: unexpected: oops\n {2}hint: .*fault of fdl.*--debug/);
    expect(shown).not.toMatch(/^ +at /m);
    expect(errorText(new TypeError('oops'), plain, true)).toMatch(/\nTypeError: oops\n +at /);
    expect(errorText('text', plain)).toMatch(/^error: unexpected: text\n/);
    expect(errorJson(new TypeError('oops'), (text) => text)).toMatchObject({
      error: { code: 'internal', message: 'unexpected: oops' },
    });
  });

  it('of the system is told in words, with what to change', () => {
    const denied = Object.assign(new Error('EACCES: permission denied, mkdir'), {
      code: 'EACCES',
      syscall: 'mkdir',
      path: '/data/.fdl',
    });
    expect(errorText(denied, plain)).toMatch(
      /^error: permission denied for "\/data\/\.fdl" \(EACCES\)\n {2}hint: .*FDL_HOME/,
    );
    expect(errorJson(denied, (text) => text)).toMatchObject({ error: { code: 'file-system' } });
  });
});

describe('a workflow as a tree', () => {
  const chain = workflowOf(workflowText([UPPER, COUNT]));

  it('goes from where files are put to what comes out', () => {
    expect(graphText(chain, plain, 80)).toBe(
      [
        'shop',
        's3://shop/in',
        '└─▶ upper  aws lambda',
        '    │ busybox:1',
        '    └── s3://shop/upper',
        '        └─▶ count  aws lambda',
        '            │ busybox:1',
        '            └── s3://shop/out final',
      ].join('\n'),
    );
  });

  it('shows filters, branches, and what is drawn already', () => {
    const outputs = [{ path: 'shop/a', suffix: ['.txt'] }, 'shop/b'];
    const both = [
      { storage_provider: 's3', path: 'shop/a' },
      { storage_provider: 's3', path: 'shop/b' },
    ];
    const text = graphText(
      workflowOf(
        workflowText([
          { ...UPPER, outputs },
          { ...COUNT, more: { input: both } },
        ]),
      ),
      plain,
      80,
    );
    expect(text).toMatch(/├── s3:\/\/shop\/a \(\*\.txt\)\n.*│ {3}└─▶ count/);
    expect(text).toMatch(/└── s3:\/\/shop\/b\n.*count .*\(see above\)/);
  });

  it('keeps within its width, and draws a circle to its end', () => {
    const long = { ...UPPER, input: `shop/${'very-long-name-'.repeat(12)}` };
    for (const line of graphText(workflowOf(workflowText([long])), plain, 60).split('\n'))
      expect(line.length).toBeLessThanOrEqual(60);
    const circle = workflowOf(workflowText([UPPER, { ...COUNT, outputs: ['shop/in'] }]));
    expect(graphText(circle, plain, 80)).toContain('(see above)');
  });
});
