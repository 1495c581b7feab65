import { describe, expect, it } from 'vitest';
import type { StepConfig, StepInput } from '../../src/supervisor/config.ts';
import { locate } from '../../src/supervisor/stage.ts';
import type { ObjectSource } from '../../src/supervisor/task.ts';

const input = (store: string, bucket: string, prefix = ''): StepInput => ({ store, bucket, prefix });

function storeOf(
  source: Partial<ObjectSource>,
  inputs: readonly StepInput[],
  stores: StepConfig['stores'] = [],
) {
  const config: StepConfig = { workflow: 'w', step: 's', inputs, outputs: [], environment: {}, stores };
  return locate({ kind: 'object', provider: 'minio', bucket: 'b', key: 'in/a', ...source }, config);
}

describe('locate', () => {
  it('takes the input whose folder holds the object, the longest first', () => {
    const inputs = [
      input('minio.a', 'b'),
      input('minio.c', 'b', 'in'),
      input('minio.d', 'b', 'i'),
      input('minio.e', 'x'),
    ];
    expect(storeOf({}, inputs)).toEqual({ store: 'minio.c', bucket: 'b', key: 'in/a' });
    expect(storeOf({ key: 'other' }, inputs).store).toBe('minio.a');
  });

  it('takes the bucket before the kind alone', () => {
    expect(storeOf({}, [input('minio.a', 'x'), input('minio.c', 'b', 'else')]).store).toBe('minio.c');
    expect(storeOf({}, [input('s3.x', 'b'), input('minio.a', 'x')]).store).toBe('minio.a');
  });

  it('takes the store that the event names, known or not', () => {
    const inputs = [input('minio.a', 'b'), input('minio.far', 'x')];
    expect(storeOf({ store: 'minio.far' }, inputs).store).toBe('minio.far');
    expect(storeOf({ store: 'minio.unheard' }, inputs).store).toBe('minio.unheard');
  });

  it('does not take what a cluster calls its own store, nor one of another kind', () => {
    const inputs = [input('minio.lab', 'b', 'in'), input('s3.mine', 'b')];
    expect(storeOf({ store: 'minio.default' }, inputs).store).toBe('minio.lab');
    expect(storeOf({ store: 's3.mine' }, inputs).store).toBe('minio.lab');
    expect(storeOf({ store: 'minio.default' }, [input('minio.default', 'x')]).store).toBe('minio.default');
  });

  it('takes a store of the kind, or the S3 of the account', () => {
    const store = { id: 'minio.only', kind: 'minio', verifyTls: true } as const;
    expect(storeOf({}, [], [store]).store).toBe('minio.only');
    expect(storeOf({ provider: 's3' }, []).store).toBe('s3.default');
    expect(storeOf({ provider: 's3' }, [input('s3.mine', 'x')]).store).toBe('s3.mine');
  });

  it('puts a relative key below the folder of the input', () => {
    const source = { provider: 'webdav', store: 'webdav.dcache', key: 'a.jpg' } as const;
    const { bucket: _, ...relative } = { bucket: 'unused', ...source };
    const config = { step: 's', stores: [], inputs: [input('webdav.dcache', 'data', 'exp/1')] };
    expect(locate({ kind: 'object', ...relative }, config as unknown as StepConfig)).toEqual({
      store: 'webdav.dcache',
      bucket: 'data',
      key: 'exp/1/a.jpg',
    });
  });

  it('says when the step has no such input', () => {
    expect(() => storeOf({ provider: 'rucio' }, [input('s3.default', 'b')])).toThrow(
      expect.objectContaining({ code: 'event-invalid', message: expect.stringContaining('rucio') }),
    );
  });
});
