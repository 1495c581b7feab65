import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/supervisor/config.ts';

describe('readConfig', () => {
  it('reads what every step has', () => {
    const text = '{"step":"s","inputs":[],"outputs":[],"stores":[],"timeoutSeconds":5}';
    expect(readConfig(text, '/c.json')).toEqual({
      workflow: '',
      environment: {},
      step: 's',
      inputs: [],
      outputs: [],
      stores: [],
      timeoutSeconds: 5,
    });
  });

  it.each(['', 'null', '[]', '{}', '{"step":"s"}', '{"step":1,"inputs":[],"outputs":[],"stores":[]}'])(
    'refuses %j',
    (text) => {
      expect(() => readConfig(text, '/c.json')).toThrow(
        expect.objectContaining({ code: 'config-invalid', message: expect.stringContaining('"/c.json"') }),
      );
    },
  );
});
