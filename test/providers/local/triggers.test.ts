import { describe, expect, it } from 'vitest';
import { triggersOf, type Written } from '../../../src/providers/local/triggers.ts';
import { COUNT, UPPER, workflowText } from '../../e2e/project.ts';
import { workflowOf } from './samples.ts';

function written(key: string, changes: Partial<Written> = {}): Written {
  const object = { key, size: 3, etag: 'e1', modified: new Date('2026-01-01T00:00:00Z') };
  return { store: 's3.default', namespace: 's3.default', bucket: 'shop', object, ...changes };
}

const WORKFLOW = workflowOf(workflowText([UPPER, { ...COUNT, name: 'also', input: 'shop/in' }, COUNT]));

describe('triggersOf', () => {
  const triggers = triggersOf(WORKFLOW);
  const stepsFor = (key: string, changes?: Partial<Written>) =>
    triggers(written(key, changes), 'r1').map(({ step }) => step);

  it('finds every step that listens to the folder', () => {
    expect(stepsFor('in/a.txt')).toEqual(['upper', 'also']);
    expect(stepsFor('in/deep/er/a.txt')).toEqual(['upper', 'also']);
    expect(stepsFor('upper/a.txt')).toEqual(['count']);
  });

  it('finds none for what lies beside it, or elsewhere', () => {
    for (const key of ['in', 'input/a.txt', 'a.txt', 'x/in/a.txt']) expect(stepsFor(key)).toEqual([]);
    expect(stepsFor('in/a.txt', { bucket: 'other' })).toEqual([]);
    expect(stepsFor('in/a.txt', { namespace: 'minio.lab' })).toEqual([]);
  });

  it('finds those alone that take the name', () => {
    const input = (path: string, filter: object) => ({
      input: [{ storage_provider: 's3', path, ...filter }],
    });
    const csv = { ...UPPER, more: input('shop/in', { suffix: ['.csv', '.tsv'] }) };
    const raw = { ...UPPER, name: 'raw', more: input('shop', { prefix: ['in/raw-'] }) };
    const filtered = triggersOf(workflowOf(workflowText([csv, raw])));
    const started = (key: string) => filtered(written(key), 'r1').map(({ step }) => step);
    expect([started('in/a.tsv'), started('in/a.txt')]).toEqual([['upper'], []]);
    expect([started('in/raw-a.csv'), started('in/x/raw-a')]).toEqual([['upper', 'raw'], []]);
  });

  it('describes the work', () => {
    const [work] = triggers(written('in/a b.txt'), 'r1');
    expect(work).toMatchObject({
      step: 'upper',
      store: 's3.default',
      bucket: 'shop',
      key: 'in/a b.txt',
      size: 3,
      etag: 'e1',
      time: '2026-01-01T00:00:00.000Z',
      run: 'r1',
    });
  });

  it('gives one state of an object one id, and each other state another', () => {
    const idOf = (key: string, etag: string) =>
      triggers(
        written(key, { object: { key, size: 3, etag, modified: new Date() } }),
        String(Math.random()),
      )[0]?.id;
    expect(idOf('in/a', 'e1')).toMatch(/^upper-[0-9a-f]{12}$/);
    expect(idOf('in/a', 'e1')).toBe(idOf('in/a', 'e1'));
    expect(idOf('in/a', 'e2')).not.toBe(idOf('in/a', 'e1'));
    expect(idOf('in/b', 'e1')).not.toBe(idOf('in/a', 'e1'));
  });

  it('triggers a step once whose inputs lie in each other', () => {
    const input = ['shop/in', 'shop', 'shop/in/deep'].map((path) => ({ storage_provider: 's3', path }));
    const workflow = workflowOf(workflowText([{ ...UPPER, outputs: ['other/out'], more: { input } }]));
    expect(triggersOf(workflow)(written('in/deep/a'), 'r1')).toHaveLength(1);
    expect(triggersOf(workflow)(written('a'), 'r1')).toHaveLength(1);
  });

  it('leaves out services that only answer requests', () => {
    const service = { name: 's', image: 'i', expose: { api_port: 80 } };
    const input = [{ storage_provider: 'minio', path: 'shop/in' }];
    const text = JSON.stringify({ functions: { oscar: [{ lab: { ...service, input } }] } });
    expect(triggersOf(workflowOf(text))(written('in/a', { namespace: 'minio.lab' }), 'r1')).toEqual([]);
  });
});
