import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { givenData } from '../../src/commands/invoke.ts';
import { callOf } from '../../src/session/call-content.ts';
import type { Step, Workflow } from '../../src/workflow/model.ts';
import { SHOP } from '../providers/made-up-cloud.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'fdl-call-'));
  writeFileSync(path.join(dir, 'other.sh'), 'echo other');
  writeFileSync(path.join(dir, 'photo.bin'), Buffer.from([0, 255, 1]));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const places = () => ({
  workflow: { ...SHOP, file: path.join(dir, 'w.yaml') } as Workflow,
  workingDirectory: dir,
});

function step(lambda: object, api?: object): Step {
  return {
    id: 'split',
    provider: 'aws',
    settings: { lambda, ...(api && { api_gateway: api }) },
  } as unknown as Step;
}

const OSCAR = { id: 'split', provider: 'oscar', settings: {} } as unknown as Step;

describe('the payload of a call', () => {
  const payload = async (lambda: object, data?: Buffer) =>
    (await callOf(step(lambda), { data }, places())).payload;

  it('is what the command line gives, as text or, where it is none, as bytes that say so', async () => {
    const lambda = { payload: { a: 1 }, c_args: ['df'] };
    expect(await payload(lambda, Buffer.from('{"b": 2}'))).toBe('{"b": 2}');
    expect(await payload(lambda, Buffer.from(''))).toBe('');
    expect(await payload({}, Buffer.from('test'))).toBe('test');
    expect(await payload({}, Buffer.from([0, 255]))).toEqual({ fdl: 'content', base64: 'AP8=' });
  });

  it('is else what the file says: an event, a command, a script', async () => {
    const script = { init_script: 'own.sh', run_script: 'other.sh' };
    expect(await payload({ ...script, c_args: ['df', '-h'], payload: { a: 1 } })).toEqual({ a: 1 });
    expect(await payload({ ...script, c_args: ['df', '-h'], payload: {} })).toEqual({
      cmd_args: '["df","-h"]',
    });
    expect(await payload(script)).toEqual({ script: Buffer.from('echo other').toString('base64') });
    expect(await payload({ ...script, run_script: '#!/bin/sh\necho inline\n' })).toEqual({
      script: Buffer.from('#!/bin/sh\necho inline\n').toString('base64'),
    });
  });

  it('is a script where the step has none of its own', async () => {
    const data = Buffer.from('#!/bin/sh\necho hey\n');
    expect(await payload({}, data)).toEqual({ script: data.toString('base64') });
    const own = { ...step({}), script: { kind: 'inline', text: 'cat' } } as unknown as Step;
    expect((await callOf(own, { data }, places())).payload).toBe(data.toString());
  });

  it('is an empty event where nobody says anything', async () => {
    expect(await payload({ init_script: 'own.sh' })).toEqual({});
    expect(await payload({ run_script: 'other.sh' })).toEqual({});
    expect((await callOf(OSCAR, {}, places())).payload).toEqual({});
  });

  it('names the script that is missing', async () => {
    await expect(payload({ init_script: 'own.sh', run_script: 'none.sh' })).rejects.toMatchObject({
      code: 'payload-unreadable',
      message: expect.stringContaining('none.sh'),
    });
  });
});

describe('the content of a call over HTTP', () => {
  const contentOf = async (called: Step, data?: Buffer) => {
    const { payload, query } = await callOf(called, { data, http: true }, places());
    return { payload, query };
  };
  const content = (api: object, data?: Buffer) => contentOf(step({ payload: { a: 1 } }, api), data);

  it('is what the command line gives, with the query of the file', async () => {
    const data = Buffer.from('x');
    const api = { json_data: { a: 1 }, parameters: { size: 10, name: 'a b' } };
    expect(await content(api, data)).toEqual({ payload: data, query: { size: '10', name: 'a b' } });
  });

  it('is else the JSON or the file that the file says; an event of direct calls does not go over HTTP', async () => {
    expect(await content({ json_data: { a: 1 }, data_binary: 'photo.bin' })).toEqual({
      payload: { a: 1 },
      query: {},
    });
    expect(await content({ json_data: '{"a": 2}' })).toEqual({ payload: { a: 2 }, query: {} });
    expect(await content({ data_binary: 'photo.bin' })).toEqual({
      payload: Buffer.from([0, 255, 1]),
      query: {},
    });
    expect(await content({ parameters: '{"n": "1"}' })).toEqual({ query: { n: '1' } });
    expect(await contentOf(OSCAR)).toEqual({ query: {} });
  });

  it.each([
    [{ json_data: '{' }, 'payload-invalid', 'json_data'],
    [{ parameters: 'size=10' }, 'payload-invalid', 'parameters'],
    [{ data_binary: 'none.bin' }, 'payload-unreadable', 'none.bin'],
  ])('refuses %j', async (api, code, what) => {
    await expect(content(api)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(what),
      exitCode: 2,
    });
  });
});

describe('how a step is called', () => {
  it.each([
    [{}, false, false],
    [{ asynchronous: true }, true, false],
    [{ invocation_type: 'Event' }, true, false],
    [{ invocation_type: 'dryrun' }, false, true],
    [{ invocation_type: 'RequestResponse' }, false, false],
  ])('of %j', async (lambda, async, dryRun) => {
    expect(await callOf(step(lambda), {}, places())).toMatchObject({ async, dryRun });
  });
});

describe('givenData', () => {
  it('is a text, or the content of a file', async () => {
    expect((await givenData('hello', dir)).toString()).toBe('hello');
    expect(await givenData('@photo.bin', dir)).toEqual(Buffer.from([0, 255, 1]));
    await expect(givenData('@none', dir)).rejects.toMatchObject({ code: 'payload-unreadable', exitCode: 2 });
  });
});
