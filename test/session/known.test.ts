/** What can be worked with of a workflow whose file has values that nobody has given. */
import { describe, expect, test } from 'vitest';
import { knownPart, needAll, needFolder, unknownFolders } from '../../src/session/known.ts';
import { onAws, readText } from '../fdl/read-text.ts';

const FOLDERS =
  'input: [{storage_provider: s3, path: "${env:BUCKET}/in"}]\noutput: [{storage_provider: s3, path: words/out}]';

async function read(text: string) {
  const { workflow, ...others } = await readText(text);
  if (!workflow) throw new Error('the file has errors');
  return { workflow, ...others };
}

const unset = { code: 'value-unset', exitCode: 2 };

describe('a workflow with a bucket that is not known', () => {
  test('is used without the folders in it, which are named', async () => {
    const { workflow } = await read(onAws(FOLDERS));
    const { steps, name } = knownPart(workflow);
    expect([name, steps.map(({ inputs, outputs }) => [inputs.length, outputs.length])]).toEqual([
      'demo',
      [[0, 1]],
    ]);
    expect(unknownFolders(workflow)).toMatchObject([{ step: 'step', reference: '${env:BUCKET}' }]);
  });

  test('is not planned, and nothing is put there', async () => {
    const { workflow, unset: found } = await read(onAws(`${FOLDERS}\nmemory: \${env:MB}`));
    expect(() => needAll(found)).toThrow(
      expect.objectContaining({ ...unset, message: expect.stringContaining('${env:BUCKET}, ${env:MB}') }),
    );
    const [folder] = workflow.steps[0]?.inputs ?? [];
    expect(() => folder && needFolder(folder, 'the folder')).toThrow(expect.objectContaining(unset));
  });
});

test.each([
  ['of the workflow', `name: shop-\${env:STAGE}\n${onAws()}`],
  ['of a step', onAws().replace('name: step', 'name: ${env:STAGE}')],
])('without the name %s nobody knows what is meant', async (_, text) => {
  const { workflow } = await read(text);
  expect(() => knownPart(workflow)).toThrow(
    expect.objectContaining({ ...unset, message: expect.stringContaining('${env:STAGE}') }),
  );
});

test('what only scripts need is needed by nothing else', async () => {
  const { workflow, unset: found } = await read(onAws('environment: {Variables: {TOKEN: "${env:TOKEN}"}}'));
  expect(found).toEqual([]);
  expect(knownPart(workflow)).toBe(workflow);
});
