import { expect, test } from 'vitest';
import { batchNotes } from '../../../../src/providers/aws/machines/notes.ts';
import { onAws } from '../../../fdl/read-text.ts';
import { factsOf, workflowOf } from '../workflows.ts';

const GIB = 1024 ** 3;

async function notes(batch: string, packedBytes?: number, mode = 'batch') {
  const workflow = await workflowOf(onAws(`execution_mode: ${mode}`, `batch: ${batch}`));
  const facts = factsOf(workflow, { image: (_, image) => ({ kind: 'composed', image, packedBytes }) });
  return batchNotes(workflow, facts);
}

test('a disk that is too small for an image is pointed out', async () => {
  expect(await notes('{}', 12 * GIB)).toEqual([
    'the image of "step" has 12.0 GiB packed: disks of 30 GiB may be too small for it ("root_volume_gb": 41 or more)',
  ]);
});

test.each([
  ['small images', '{}', 8 * GIB, 'batch'],
  ['images that are there already', '{}', undefined, 'batch'],
  ['larger disks', '{compute_resources: {root_volume_gb: 60}}', 12 * GIB, 'lambda-batch'],
  ['functions', '{}', 12 * GIB, 'lambda'],
])('nothing is said of %s', async (_, batch, packedBytes, mode) => {
  expect(await notes(batch, packedBytes, mode)).toEqual([]);
});

test('steps that share machines share what is said of them', async () => {
  const step = (name: string) =>
    `  - lambda: {name: ${name}, execution_mode: batch, container: {image: a}, init_script: a.sh}\n`;
  const workflow = await workflowOf(`functions:\n  aws:\n${step('a')}${step('b')}`);
  const facts = [...factsOf(workflow)].map(
    ([id, each]) =>
      [id, { ...each, ...(each.batch && { batch: { ...each.batch, warnings: ['no way out'] } }) }] as const,
  );
  expect(batchNotes(workflow, new Map(facts))).toEqual(['no way out']);
});

test('jobs have no file systems of functions', async () => {
  const files =
    'file_system: [{Arn: "arn:aws:elasticfilesystem:eu-west-1:1:access-point/a", LocalMountPath: /mnt/a}]';
  const workflow = await workflowOf(onAws(`execution_mode: lambda-batch\n${files}`));
  expect(batchNotes(workflow, factsOf(workflow))).toEqual([
    'jobs of "step" do not have the file systems that its function would have',
  ]);
});
