import { expect, test } from 'vitest';
import type { Invocation } from '../../src/workflow/invocation.ts';
import { finalObjects } from '../../src/workflow/results.ts';
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
