import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';
import type { RunSpec } from '../../src/supervisor/script.ts';
import { objectTask, type TaskDeps } from '../../src/supervisor/task.ts';
import { direct, notes, testStep, written } from './step.ts';

describe('a task that succeeds', () => {
  it('has its input, stores its outputs, and leaves nothing behind', async () => {
    const step = testStep(
      'mkdir $TMP_OUTPUT_DIR/sub; cp "$INPUT_FILE_PATH" $TMP_OUTPUT_DIR/sub/; ls "$TMP_INPUT_DIR"',
    );
    const result = await step.handle(step.put('folder/a b.txt', 'hello'), 'id-1');
    expect(result).toMatchObject({
      id: 'id-1',
      step: 's',
      status: 'succeeded',
      exitCode: 0,
      input: { uri: 's3://in/folder/a b.txt', size: 5 },
      outputs: [{ uri: 's3://out/res/sub/a b.txt', size: 5 }],
    });
    expect(step.stored()).toEqual({ 'res/sub/a b.txt': 'hello' });
    expect(written(step)).toEqual(['a b.txt']);
    expect(step.leftovers()).toEqual([]);
  });

  it('gives its script what scripts rely on', async () => {
    const environment = { MODEL: 'big' };
    const step = testStep(
      'echo "$STORAGE_OBJECT_KEY|$EVENT_TIME|$MODEL|$TOKEN|$AWS_LAMBDA_REQUEST_ID"; echo "$EVENT"',
      { environment },
      { requestId: 'r-9', secretEnvironment: { TOKEN: 't' } },
    );
    const task = step.put('a+ü', 'x');
    await step.handle(task);
    expect(written(step)).toEqual(['a+ü|2026-01-01T00:00:00.000Z|big|t|r-9', task.event]);
  });

  it('says what it took, by the clock that it is given', async () => {
    let now = Date.UTC(2026, 0, 1);
    const step = testStep(
      'true',
      {},
      {
        clock: () => now,
        runner: async () => {
          now += 1500;
          return { code: 0 };
        },
      },
    );
    expect(await step.handle(step.put('a', 'x'))).toMatchObject({
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:00:01.500Z',
      durationMs: 1500,
    });
  });

  it('stores only what matches, and a file that matches twice at both places', async () => {
    const out = { store: 's3.default', bucket: 'out', prefixes: [], suffixes: ['.txt'] };
    const outputs = [
      { ...out, prefix: 'one' },
      { ...out, prefix: 'two/three' },
    ];
    const step = testStep('cd $TMP_OUTPUT_DIR; echo -n a > a.txt; echo -n b > b.bin', { outputs });
    expect((await step.handle(step.put('x', ''))).outputs).toHaveLength(2);
    expect(step.stored()).toEqual({ 'one/a.txt': 'a', 'two/three/a.txt': 'a' });
  });

  it('stores what a link to the input or to another output shows', async () => {
    const script =
      'cd $TMP_OUTPUT_DIR; printf own > a; ln -s a b; ln -s "$INPUT_FILE_PATH" c; ln -s /etc/passwd d';
    const step = testStep(script);
    expect((await step.handle(step.put('x', 'input'))).status).toBe('succeeded');
    expect(step.stored()).toEqual({ 'res/a': 'own', 'res/b': 'own', 'res/c': 'input' });
    expect(notes(step)).toEqual(['"d" is no file of this invocation and is not stored']);
  });

  it('says when it stores nothing of what there is', async () => {
    const outputs = [{ store: 's3.default', bucket: 'out', prefix: '', prefixes: ['x'], suffixes: [] }];
    const step = testStep('echo a > $TMP_OUTPUT_DIR/a', { outputs });
    expect(await step.handle(step.put('i', ''))).toMatchObject({ status: 'succeeded', outputs: [] });
    expect(notes(step)).toEqual(['no output of the step takes any of the 1 files in TMP_OUTPUT_DIR']);
  });

  it('gives its script the whole path of an object that the event names in part', async () => {
    const inputs = [{ store: 'webdav.dcache', bucket: 'in', prefix: 'exp' }];
    const step = testStep('cat "$INPUT_FILE_PATH"; echo " $STORAGE_OBJECT_KEY"', { inputs });
    step.put('exp/a.jpg', 'image');
    await step.handle(direct({ event: { name: 'a.jpg', mask: ['IN_CREATE'] }, subscription: 'x' }));
    expect(written(step)).toEqual(['image in/exp/a.jpg']);
  });

  it.each([
    ['ü'.repeat(250), '.tar.gz', /^ü+-[0-9a-f]{16}\.tar\.gz$/],
    ['x'.repeat(300), '', /^x+-[0-9a-f]{16}$/],
    ['x'.repeat(10), `.${'y'.repeat(290)}`, /^x{10}1\.y+-[0-9a-f]{16}$/],
  ])('cuts a name that no file can have, and keeps its ending', async (name, ending, pattern) => {
    const storage = {
      download: async (_bucket: string, key: string, file: string) => {
        writeFileSync(file, key);
        return { key, size: key.length, modified: new Date(), etag: '' };
      },
    } as unknown as Storage;
    const step = testStep(
      'basename "$INPUT_FILE_PATH"; wc -c < "$INPUT_FILE_PATH"',
      { outputs: [] },
      {
        storage: () => storage,
      },
    );
    const seen = new Set<string>();
    for (const key of [`a/${name}1${ending}`, `b/${name}1${ending}`, `a/${name}2${ending}`]) {
      const time = '2026-01-01T00:00:00.000Z';
      const result = await step.handle(
        objectTask({ store: 's3.default', kind: 's3', bucket: 'in', key, size: 1, etag: 'e', time }),
      );
      expect(result.status, result.reason).toBe('succeeded');
      const [local = ''] = written(step).slice(-2);
      expect(Buffer.byteLength(local)).toBeLessThanOrEqual(255);
      if (key.endsWith(`1${ending}`)) expect(local).toMatch(pattern);
      seen.add(local);
    }
    expect(seen.size).toBe(3);
  });

  it('may have no input downloaded', async () => {
    const step = testStep(
      'echo "${INPUT_FILE_PATH-unset} $STORAGE_OBJECT_KEY $(ls $TMP_INPUT_DIR | wc -l)"',
      { stageIn: false },
    );
    const result = await step.handle(step.put('a', 'x'));
    expect(result).toMatchObject({ status: 'succeeded', input: { uri: 's3://in/a', size: 1 } });
    expect(written(step)).toEqual(['unset a 0']);
  });

  it('removes even what its script made read-only', async () => {
    const step = testStep(
      'mkdir -p $TMP_OUTPUT_DIR/a/b; : > $TMP_OUTPUT_DIR/a/b/c; chmod -R a-w $TMP_OUTPUT_DIR; rm -r $TMP_INPUT_DIR',
      { outputs: [] },
    );
    expect((await step.handle(step.put('x', ''))).status).toBe('succeeded');
    expect([step.leftovers(), notes(step)]).toEqual([[], []]);
  });
});

describe('a direct call', () => {
  it('works on the content and answers what the script writes', async () => {
    const step = testStep('cat "$INPUT_FILE_PATH"; echo err >&2', {}, { captureBytes: 100 });
    const result = await step.handle(direct({ question: 1 }));
    expect(Buffer.from(result.stdout ?? []).toString()).toBe('{"question":1}');
    expect(result).toMatchObject({ status: 'succeeded', stdoutCut: false, outputs: [] });
    expect(result).not.toHaveProperty('input');
  });

  it('may bring a script, whatever its line ends', async () => {
    const script = Buffer.from('#!/bin/sh\r\nif true; then\r\n  echo mine\r\nfi\r\n').toString('base64');
    const step = testStep('echo not this');
    expect((await step.handle(direct({ script }))).status).toBe('succeeded');
    expect([written(step), step.leftovers()]).toEqual([['mine'], []]);
  });

  it('may bring a command', async () => {
    const step = testStep('echo not this');
    await step.handle(direct({ cmd_args: '["echo", "a  b"]' }));
    expect(written(step)).toEqual(['a  b']);
  });
});

describe('the runner', () => {
  it('gets everything that it takes to start the script elsewhere', async () => {
    const specs: RunSpec[] = [];
    const runner: TaskDeps['runner'] = async (spec) => {
      specs.push(spec);
      expect(spec.folders.every((folder) => existsSync(folder))).toBe(true);
      return { code: 0 };
    };
    const step = testStep('#!/usr/bin/env bash\n', {}, { runner, cwd: '/work', graceMs: 7 });
    await step.handle(step.put('x', ''), 'id/1');
    const [spec] = specs;
    expect(spec).toMatchObject({
      command: { kind: 'script', path: step.config.script, interpreter: ['/usr/bin/env', 'bash'] },
      cwd: '/work',
      graceMs: 7,
      captureBytes: 0,
      env: { TMP_INPUT_DIR: spec?.folders[0], TMP_OUTPUT_DIR: spec?.folders[1] },
    });
    expect(spec?.folders[0]).toBe(`${step.deps.tmpRoot}/fdl-id_1.in`);
  });
});
