import { expect, test } from 'vitest';
import type { Invocation } from '../../src/workflow/invocation.ts';
import { finalObjects, overwritten } from '../../src/workflow/results.ts';
import { onAws, readText } from '../fdl/read-text.ts';

const output = (path: string, more = '') => `- {storage_provider: s3, path: ${path}${more}}`;

test('the objects of final outputs go to a folder for each step', async () => {
  const first = onAws(`output:\n${output('bkt/mid')}\n${output('bkt/logs')}\n${output('whole', '/')}`);
  const second = onAws(`input:\n${output('bkt/mid')}`)
    .split('\n')
    .slice(2)
    .join('\n')
    .replace('name: step', 'name: next');
  const { workflow } = await readText(first + second);
  if (!workflow) throw new Error('not valid');
  const written = [
    's3://bkt/mid/a.txt',
    's3://bkt/logs/x/b.txt',
    's3://whole/c.txt',
    's3://bkt/logsmore/d.txt',
    's3://other/e.txt',
    's3://bkt/logs/x/b.txt',
  ];
  const invocations = [
    { step: 'step', outputs: written.map((uri) => ({ uri, size: 7 })) },
  ] as unknown as readonly Invocation[];
  expect(finalObjects(workflow, invocations)).toEqual([
    {
      uri: 's3://bkt/logs/x/b.txt',
      size: 7,
      step: 'step',
      store: 's3.default',
      bucket: 'bkt',
      key: 'logs/x/b.txt',
      path: 'step/x/b.txt',
    },
    {
      uri: 's3://whole/c.txt',
      size: 7,
      step: 'step',
      store: 's3.default',
      bucket: 'whole',
      key: 'c.txt',
      path: 'step/c.txt',
    },
  ]);
});

test('objects that several inputs were written to are told, those of one input are not', () => {
  const wrote = (
    id: string,
    input: string | undefined,
    uris: readonly string[],
    more: Partial<Invocation> = {},
  ) => {
    const outputs = uris.map((uri) => ({ uri, size: 1 }));
    return {
      id,
      step: 's',
      status: 'succeeded',
      ...(input && { input: { uri: input, size: 1 } }),
      outputs,
      ...more,
    };
  };
  const invocations = [
    wrote('1', 's3://in/a', ['s3://out/report', 's3://out/a']),
    wrote('2', 's3://in/b', ['s3://out/report', 's3://out/b']),
    wrote('3', 's3://in/a', ['s3://out/a']),
    wrote('4', undefined, ['s3://out/call']),
    wrote('5', undefined, ['s3://out/call']),
    wrote('6', 's3://in/c', ['s3://out/b'], { outputsGuessed: true }),
  ] as unknown as readonly Invocation[];
  expect(overwritten(invocations)).toEqual([
    { uri: 's3://out/report', step: 's', invocations: ['1', '2'] },
    { uri: 's3://out/call', step: 's', invocations: ['4', '5'] },
  ]);
});
