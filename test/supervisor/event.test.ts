import { describe, expect, it } from 'vitest';
import { readEvent } from '../../src/supervisor/event.ts';
import { objectTask } from '../../src/supervisor/task.ts';
import { base64, contentOf, only, record } from './events.ts';

describe('events of stores', () => {
  it('S3: the key is decoded as a query is', () => {
    const event = { Records: [record('aws:s3', 'folder/a+b%2Bc%C3%BC.txt')] };
    expect(readEvent(event)).toEqual([
      {
        source: {
          kind: 'object',
          provider: 's3',
          bucket: 'bucket',
          key: 'folder/a b+cü.txt',
          size: 9,
          eventTime: '2026-01-02T03:04:05.678Z',
        },
        event: JSON.stringify(event),
        environment: { STORAGE_OBJECT_KEY: 'folder/a b+cü.txt', EVENT_TIME: '2026-01-02T03:04:05.678Z' },
        notes: [],
      },
    ]);
  });

  it('MinIO', () => {
    const event = {
      EventName: 's3:ObjectCreated:Put',
      Key: 'bucket/a b',
      Records: [record('minio:s3', 'a%20b')],
    };
    expect(only(readEvent(event)).source).toMatchObject({ provider: 'minio', bucket: 'bucket', key: 'a b' });
  });

  it('Onedata: the variable holds the whole path, the first folder is the space', () => {
    const records = [{ objectKey: 'f.txt', objectId: '1', eventTime: 'now', eventSource: 'OneTrigger' }];
    const task = only(readEvent({ Key: '/space/path/f.txt', Records: records }));
    expect(task.source).toMatchObject({ provider: 'onedata', bucket: 'path', key: 'f.txt' });
    expect(task.environment).toEqual({ STORAGE_OBJECT_KEY: '/space/path/f.txt', EVENT_TIME: 'now' });
  });

  it('dCache: the key is below the folder of the input', () => {
    const task = only(
      readEvent({ event: { name: 'a.jpg', mask: ['IN_CREATE'] }, subscription: 'https://x' }),
    );
    expect(task.source).toEqual({ kind: 'object', provider: 'webdav', store: 'webdav.dcache', key: 'a.jpg' });
  });

  it('Rucio', () => {
    const task = only(readEvent({ event_type: 'close_did', payload: { scope: 'user', name: 'dataset' } }));
    expect(task.source).toEqual({ kind: 'object', provider: 'rucio', bucket: 'user', key: 'dataset' });
  });

  it('EventBridge: the key is not encoded', () => {
    const object = { key: 'a+b%20c', size: 3, etag: 'e', sequencer: '1' };
    const detail = { bucket: { name: 'bucket' }, object };
    const event = { source: 'aws.s3', 'detail-type': 'Object Created', time: '2026-01-01T00:00:00Z', detail };
    const task = only(readEvent(event));
    expect(task.source).toMatchObject({ provider: 's3', bucket: 'bucket', key: 'a+b%20c', size: 3 });
    expect(task.environment).toEqual({ STORAGE_OBJECT_KEY: 'a+b%20c', EVENT_TIME: '2026-01-01T00:00:00Z' });
  });

  it('every record is a task, with an event that has this record alone', () => {
    const records = [record('aws:s3', 'a'), record('aws:s3', 'b')];
    const tasks = readEvent({ Records: records, extra: 1 });
    expect(tasks.map(({ environment }) => environment['STORAGE_OBJECT_KEY'])).toEqual(['a', 'b']);
    expect(tasks.map(({ event }) => JSON.parse(event))).toEqual(
      records.map((one) => ({ Records: [one], extra: 1 })),
    );
  });

  it('a record of something else becomes content and is not lost', () => {
    const odd = { eventSource: 'aws:kinesis', data: 'x' };
    const [first, second] = readEvent({ source: 'mine', Records: [record('aws:s3', 'a'), odd] });
    expect(first?.source.kind).toBe('object');
    expect(JSON.parse(contentOf(second))).toEqual({ source: 'mine', Records: [odd] });
  });

  it('placeholders of folders are no work', () => {
    expect(readEvent({ Records: [record('aws:s3', 'folder/')] })).toEqual([]);
    const event = JSON.stringify({ Records: [record('aws:s3', 'folder/')] }).replace('"size":0', '"size":9');
    expect(readEvent(event)).toMatchObject([{ source: { key: 'folder/', size: 9 } }]);
  });

  it('an event that another cluster passed on names the store', () => {
    const event = { Records: [record('minio:s3', 'a')] };
    for (const carried of [event, JSON.stringify(event)]) {
      for (const id of ['minio.far', 'far']) {
        const task = only(readEvent({ storage_provider: id, event: carried }));
        expect(task.source).toMatchObject({ store: 'minio.far', key: 'a' });
        expect(JSON.parse(task.event)).toEqual(event);
      }
    }
  });

  it('text is read as the JSON that it is', () => {
    expect(only(readEvent(JSON.stringify({ Records: [record('aws:s3', 'a')] }))).source).toMatchObject({
      key: 'a',
    });
  });

  it('what objectTask makes up reads back as the same object', () => {
    for (const kind of ['s3', 'minio'] as const) {
      const object = {
        store: `${kind}.x`,
        kind,
        bucket: 'b',
        key: 'ü/a +%&?.txt',
        size: 4,
        etag: 'e',
        time: 'now',
      };
      const task = objectTask(object);
      const read = only(readEvent({ storage_provider: `${kind}.x`, event: task.event }));
      expect(read).toEqual(task);
    }
  });
});

describe('the key of a record', () => {
  it.each([
    ['a%2Fb', 'a/b'],
    ['100%', '100%'],
    ['%zz+1', '%zz 1'],
    ['%C3%BC%', 'ü%'],
    ['%FF', '\ufffd'],
  ])('%s is %s', (encoded, decoded) => {
    const s3 = { bucket: { name: 'b' }, object: { key: encoded } };
    const [task] = readEvent({ Records: [{ eventSource: 'aws:s3', s3 }] });
    expect(task?.source).toMatchObject({ key: decoded });
  });
});

describe('anything else', () => {
  it.each([
    [{ hello: 'world' }, '{"hello":"world"}'],
    [[1, 2], '[1,2]'],
    [null, 'null'],
    [undefined, 'null'],
    [5, '5'],
    ['{ "as": "it is" }', '{ "as": "it is" }'],
    ['12345678', '12345678'],
    [base64('binary \0 content'), base64('binary \0 content')],
    ['test', 'test'],
    ['test\nabcd\n', 'test\nabcd\n'],
    [{ fdl: 'content', base64: Buffer.from('binary \0 content').toString('base64') }, 'binary \0 content'],
    [{ fdl: 'content' }, '{"fdl":"content"}'],
    ['plain text!', 'plain text!'],
    ['', ''],
    [{ Records: [] }, '{"Records":[]}'],
    [{ Records: [null, 'x'] }, '{"Records":[null,"x"]}'],
    [{ event: 'party', storage_provider: 'x' }, '{"event":"party","storage_provider":"x"}'],
    [{ Records: [{ eventSource: 'aws:s3', s3: {} }] }, '{"Records":[{"eventSource":"aws:s3","s3":{}}]}'],
  ])('%j is content', (event, content) => {
    expect(contentOf(only(readEvent(event)))).toBe(content);
  });

  it('gets a file name that no other content has', () => {
    const names = [readEvent('x'), readEvent('x')].map((tasks) => {
      const { source } = only(tasks);
      return source.kind === 'body' ? source.name : '';
    });
    expect(new Set(names).size).toBe(2);
    expect(names[0]).toMatch(/^event-file-[\w-]+$/);
  });

  it('is passed on as an event only where it is JSON', () => {
    expect(only(readEvent({ a: 1 })).event).toBe('{"a":1}');
    expect(only(readEvent('plain')).event).toBe('');
  });
});

describe('scripts and commands in direct calls', () => {
  it('run instead of the step, with the event as content', () => {
    const event = { script: base64('#!/bin/sh\necho hi') };
    const task = only(readEvent(event));
    expect(task.command).toEqual({ kind: 'script', text: Buffer.from('#!/bin/sh\necho hi') });
    expect(JSON.parse(contentOf(task))).toEqual(event);
  });

  it('work on the objects that the event names', () => {
    const event = { script: base64('true'), Records: [record('aws:s3', 'a'), record('aws:s3', 'b')] };
    const tasks = readEvent(event);
    expect(tasks.map(({ source, command }) => [source.kind, command?.kind])).toEqual([
      ['object', 'script'],
      ['object', 'script'],
    ]);
  });

  it.each(['["df","-h"]', ['df', '-h']])('take arguments as text or list', (args) => {
    expect(only(readEvent({ cmd_args: args })).command).toEqual({ kind: 'argv', argv: ['df', '-h'] });
  });

  it.each([
    { script: 'not base64!' },
    { cmd_args: 'df -h' },
    { cmd_args: '[]' },
    { cmd_args: [1] },
    { cmd_args: null },
  ])('%j is refused', (event) => {
    expect(() => readEvent(event)).toThrow(expect.objectContaining({ code: 'event-invalid' }));
  });
});
