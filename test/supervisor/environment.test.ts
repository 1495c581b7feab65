import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StepConfig } from '../../src/supervisor/config.ts';
import { inherited, isTooLong, scriptEnvironment, setAside } from '../../src/supervisor/environment.ts';
import { objectTask, type Task } from '../../src/supervisor/task.ts';

const IMAGE = {
  PATH: '/bin',
  NODE_OPTIONS: '--inspect',
  NODE_PATH: '/app',
  LD_PRELOAD: '/lib/x.so',
  LD_LIBRARY_PATH: '/lib',
  GLIBC_TUNABLES: 'x',
  MY_NODE_OPTIONS: 'mine',
};

describe('variables that would disturb the start', () => {
  it('are set aside, and no others', () => {
    expect(setAside(IMAGE)).toEqual({
      PATH: '/bin',
      MY_NODE_OPTIONS: 'mine',
      FDL_ASIDE_NODE_OPTIONS: '--inspect',
      FDL_ASIDE_NODE_PATH: '/app',
      FDL_ASIDE_LD_PRELOAD: '/lib/x.so',
      FDL_ASIDE_LD_LIBRARY_PATH: '/lib',
      FDL_ASIDE_GLIBC_TUNABLES: 'x',
    });
  });

  it('come back for the script, which does not see the supervisor’s own', () => {
    expect(
      inherited({ ...setAside(IMAGE), FDL_EVENT: 'secret', FDL_CONFIG: '/x', EMPTY: undefined }),
    ).toEqual(IMAGE);
  });
});

describe('scriptEnvironment', () => {
  const config = { environment: { A: 'config', B: 'config', C: 'config' } } as unknown as StepConfig;
  const task = (environment: Task['environment'], event = '{"x":1}') => ({ environment, event }) as Task;
  const place = { inputDir: '/in', outputDir: '/out', inputFile: '/in/f', requestId: 'r-1' };

  it('lets the nearer source win, and the supervisor over all', () => {
    const base = { A: 'image', B: 'image', C: 'image', D: 'image', TMP_INPUT_DIR: 'image' };
    const secrets = { B: 'secret', C: 'secret' };
    const environment = { C: 'event', STORAGE_OBJECT_KEY: 'k', TMP_OUTPUT_DIR: 'event' };
    expect(scriptEnvironment(base, config, secrets, task(environment), place)).toEqual({
      A: 'config',
      B: 'secret',
      C: 'event',
      D: 'image',
      STORAGE_OBJECT_KEY: 'k',
      EVENT: '{"x":1}',
      AWS_LAMBDA_REQUEST_ID: 'r-1',
      INPUT_FILE_PATH: '/in/f',
      TMP_INPUT_DIR: '/in',
      TMP_OUTPUT_DIR: '/out',
    });
  });

  it('leaves out what there is not', () => {
    const bare = { inputDir: '/in', outputDir: '/out' };
    const found = scriptEnvironment(
      {},
      { environment: {} } as unknown as StepConfig,
      undefined,
      task({}, ''),
      bare,
    );
    expect(found).toEqual({ TMP_INPUT_DIR: '/in', TMP_OUTPUT_DIR: '/out' });
  });

  it('leaves out an event that no process could start with', () => {
    const longest = 'x'.repeat(128 * 1024 - 'EVENT=\0'.length);
    expect([isTooLong(longest), isTooLong(`${longest}x`)]).toEqual([false, true]);
    expect(isTooLong('ü'.repeat(70_000))).toBe(true);
    expect(scriptEnvironment({}, config, {}, task({}, `${longest}x`), place)).not.toHaveProperty('EVENT');
  });
});

it('the documentation has all variables that a script gets, and no other', () => {
  const page = readFileSync(new URL('../../docs/fdl.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| variable | what it is |'), page.indexOf('A path counts from'));
  const documented = [...table.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name);
  const object = { store: 's3.default', kind: 's3', bucket: 'b', key: 'in/a', size: 1, etag: 'e' } as const;
  const task = objectTask({ ...object, time: '2026-01-01T00:00:00.000Z' } as Parameters<
    typeof objectTask
  >[0]);
  const place = {
    inputDir: '/in',
    outputDir: '/out',
    inputFile: '/in/a',
    objectKey: 'in/a',
    requestId: 'r',
    relativePath: 'a',
    traceparent: 't',
  };
  const given = scriptEnvironment(
    {},
    { environment: {}, payload: '/extra' } as unknown as StepConfig,
    undefined,
    task,
    place,
  );
  expect(documented.toSorted()).toEqual(Object.keys(given).sort());
});
