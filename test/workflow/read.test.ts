import { describe, expect, test } from 'vitest';
import { blocking } from '../../src/workflow/read.ts';
import { brief, onAws, onOscar, readText } from '../fdl/read-text.ts';

describe('a file with warnings', () => {
  const text = onAws('memroy: 1\nmemory: 1\ninput: [{storage_provider: s3, path: ""}]');

  test('is valid, and its workflow can be looked at', async () => {
    const { workflow, diagnostics } = await readText(text);
    expect(workflow?.steps).toHaveLength(1);
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning', 'warning', 'warning']);
  });

  test('is not valid under --strict, which leaves the findings as they are', async () => {
    const [lax, strict] = [await readText(text), await readText(text, { strict: true })];
    expect(strict.workflow).toBeUndefined();
    expect(strict.diagnostics.map(brief)).toEqual(lax.diagnostics.map(brief));
    expect(new Set(strict.diagnostics.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  test('stands in the way of deploying, and in part of running here', async () => {
    const { diagnostics } = await readText(text);
    const stops = (where: 'cloud' | 'local') =>
      blocking(diagnostics, where).map(({ code, severity }) => [code, severity]);
    expect(stops('cloud')).toEqual([
      ['out-of-range', 'error'],
      ['no-path', 'error'],
    ]);
    expect(stops('local')).toEqual([['no-path', 'error']]);
  });

  test('names the step that a finding is about, or none where it is about the file', async () => {
    const { diagnostics } = await readText(text);
    expect(diagnostics.map(({ code, step }) => [code, step])).toEqual([
      ['unknown-key', undefined],
      ['out-of-range', 'step'],
      ['no-path', 'step'],
    ]);
  });
});

describe('a file with errors', () => {
  test('has no workflow', async () => {
    const { workflow, diagnostics } = await readText(onAws('memory: lots'));
    expect(workflow).toBeUndefined();
    expect(blocking(diagnostics, 'local')).toHaveLength(1);
  });

  test('of the text itself is not checked for more', async () => {
    const { diagnostics } = await readText(onAws('memory: 1\nmemory: 2'));
    expect(diagnostics.map(({ code }) => code)).toEqual(['duplicate-key']);
  });

  test('of the workflow shows its warnings too', async () => {
    const { workflow, diagnostics } = await readText(
      onOscar().replace('name: step', 'name: ""') + onOscar().split('\n').slice(2).join('\n'),
    );
    expect(workflow).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toContain('missing-name');
  });
});

test('findings are in the order of the file, whichever check found them', async () => {
  const { diagnostics } = await readText(
    onAws('zzz: 1\ninput: [{storage_provider: minio, path: Bad/in}]\nmemory: 1').replace(
      'busybox',
      'Bad Image',
    ),
  );
  expect(diagnostics.map(brief)).toEqual([
    'image-name 7:16 cloud',
    'unknown-key 8:7',
    'unknown-store 9:34 cloud',
    'bucket-name 9:47 cloud',
    'unheard-input 9:47 cloud',
    'out-of-range 10:15 cloud',
  ]);
});
