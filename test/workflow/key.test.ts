import { expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { changedParts, stepKey } from '../../src/workflow/key.ts';

const PLACE = { file: 'w.yaml', line: 1, column: 1 };
const OUTPUT = { store: 's3.default', namespace: 's3', bucket: 'b', prefix: 'out', place: PLACE };
const STEP = {
  environment: { MODE: 'fast', TOKEN: new Secret('one') },
  outputs: [{ ...OUTPUT, prefixes: [], suffixes: [] }],
};
const CONTENT = { script: 'echo', payload: 'files', image: 'sha256:1' };

it('a key says which part of what a step runs with has changed', () => {
  const key = stepKey(STEP, CONTENT);
  const changed = (step: typeof STEP, content: typeof CONTENT) => changedParts(key, stepKey(step, content));
  const { MODE, TOKEN } = STEP.environment;
  expect(changed({ ...STEP, environment: { TOKEN: new Secret('another'), MODE } }, CONTENT)).toEqual([]);
  expect(changed({ ...STEP, environment: { MODE: 'slow', TOKEN } }, CONTENT)).toEqual(['parameters']);
  expect(changed({ ...STEP, outputs: [] }, CONTENT)).toEqual(['parameters']);
  expect(changed(STEP, { ...CONTENT, payload: 'others' })).toEqual(['parameters']);
  expect(changed(STEP, { ...CONTENT, script: 'exit', image: 'sha256:2' })).toEqual(['script', 'image']);
  expect(key).not.toContain('one');
});
