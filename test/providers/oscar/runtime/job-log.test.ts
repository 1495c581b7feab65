import { describe, expect, it } from 'vitest';
import type { OscarStep } from '../../../../src/providers/oscar/dialect/step.ts';
import {
  groupsInTime,
  mayBeOf,
  openSummary,
  supervisorLine,
  timedLines,
} from '../../../../src/providers/oscar/runtime/job-log.ts';
import { inputStore, outputStore, takes } from '../../../../src/providers/oscar/runtime/job-objects.ts';
import type { Output, Workflow } from '../../../../src/workflow/model.ts';
import { all } from '../clients.ts';

const say = (message: string, level = 'INFO') =>
  `2026-06-01 10:00:00,123 - supervisor - ${level} - ${message}`;

const EVENT = `event_records = {'eventVersion': '2.0', 'eventSource': 'minio:s3', 's3': {'s3SchemaVersion': '1.0', 'bucket': {'ownerIdentity': {'principalId': 'minio'}, 'name': 'shop', 'arn': 'arn:aws:s3:::shop'}, 'object': {'eTag': 'd41d', 'key': 'in/a+%C3%A4%27s.txt', 'size': 12}}} `;

function summaryOf(...lines: readonly string[]) {
  const { add, summary } = openSummary();
  for (const line of lines) add(line);
  return summary();
}

describe('the log of a job', () => {
  it('is cut into lines with the times that Kubernetes puts in front', async () => {
    async function* chunks() {
      yield Buffer.from('2026-06-01T10:00:00.123456789Z one\n2026-06-01T10:00:0');
      yield Buffer.from('1Z tw\u00f6\r\nno time\n2026-06-01T12:00:02+02:00 ');
      yield Buffer.from('last');
    }
    expect(await all(timedLines(chunks()))).toEqual([
      { time: '2026-06-01T10:00:00.123Z', text: 'one' },
      { time: '2026-06-01T10:00:01.000Z', text: 'tw\u00f6' },
      { time: '2026-06-01T10:00:01.000Z', text: 'no time' },
      { time: '2026-06-01T10:00:02.000Z', text: 'last' },
    ]);
    expect(await all(timedLines((async function* () {})()))).toEqual([]);
  });

  it('tells the input by the event, and by the download', () => {
    expect(summaryOf(say(EVENT))).toEqual({
      input: { bucket: 'shop', key: "in/a \u00e4's.txt", size: 12 },
      outputs: [],
      namesOutputs: false,
    });
    const download = say("Downloading item from bucket 'shop' with key 'in/it's.txt'");
    expect(summaryOf(download).input).toEqual({ bucket: 'shop', key: "in/it's.txt" });
    expect(summaryOf(say(EVENT), download).input).toMatchObject({ key: "in/it's.txt", size: 12 });
  });

  it('tells the outputs with their stores', () => {
    expect(
      summaryOf(
        say("Searching for files to upload in folder '/tmp/x'"),
        say("Checking files for uploading to 'minio.default' on path: 'shop/out'"),
        say("Uploading file 'out/sub/b.txt' to bucket 'shop'"),
        say("Checking files for uploading to 's3.my_s3' on path: 'far/out'"),
        say("Uploading file 'out/b.txt' to bucket 'far'"),
      ),
    ).toEqual({
      namesOutputs: true,
      outputs: [
        { bucket: 'shop', key: 'out/sub/b.txt', store: 'minio.default' },
        { bucket: 'far', key: 'out/b.txt', store: 's3.my_s3' },
      ],
    });
  });

  it('tells the last error; what a script prints tells nothing', () => {
    expect(summaryOf(say('one', 'ERROR'), say('two', 'ERROR'), say('late', 'WARNING')).error).toBe('two');
    expect(
      summaryOf("Uploading file 'x' to bucket 'y'", say("Uploading file 'x' to bucket 'y'", 'DEBUG')),
    ).toEqual({ outputs: [], namesOutputs: false });
    expect(supervisorLine('2026-06-01 10:00:00,123 - other - INFO - x')).toBeUndefined();
  });
});

const folder = (store: string, bucket: string, prefix: string, more: Partial<Output> = {}): Output => {
  const place = { file: 'f', line: 1, column: 1 };
  return { store, namespace: store, bucket, prefix, place, prefixes: [], suffixes: [], ...more };
};

const STEP = {
  cluster: 'lab',
  inputs: [folder('minio.far', 'shared', 'in'), folder('minio.lab', 'shop', '')],
  outputs: [folder('minio.lab', 'shop', 'out'), folder('s3.my_s3', 'shop', 'out')],
} as unknown as OscarStep;
const NONE = { steps: [] } as unknown as Workflow;

describe('the bucket in a log', () => {
  it('is in the store of the step that has it', () => {
    expect(inputStore(STEP, NONE, { bucket: 'shared', key: 'in/a' })).toBe('minio.far');
    expect(inputStore(STEP, NONE, { bucket: 'shared', key: 'inner/a' })).toBe('minio.lab');
    const out = { bucket: 'shop', key: 'out/a' };
    expect(outputStore(STEP, { ...out, store: 'minio.default' })).toBe('minio.lab');
    expect(outputStore(STEP, { ...out, store: 's3.my_s3' })).toBe('s3.my_s3');
    expect(outputStore(STEP, { ...out, store: 's3.renamed' })).toBe('s3.my_s3');
    expect(outputStore(STEP, { ...out, store: undefined })).toBe('minio.lab');
    expect(outputStore(STEP, { bucket: 'ada', key: 'out/a', store: 'minio' })).toBe('minio.lab');
  });

  it('has files that the filters of an output take', () => {
    const output = folder('minio.lab', 'shop', 'out', { prefixes: ['a'], suffixes: ['.txt'] });
    expect(['out/a.txt', 'out/b.txt', 'out/a.md', 'a.txt'].filter((key) => takes(output, key))).toEqual([
      'out/a.txt',
    ]);
  });
});

describe('jobs', () => {
  it('are grouped by when they ran', () => {
    const job = (id: string, from: string, to: string) => ({ id, from, to });
    const groups = groupsInTime([
      job('later', '05', '06'),
      job('long', '01', '03'),
      job('within', '02', '02'),
      job('open', '05', ''),
      job('after', '09', '09'),
      job('unknown', '', ''),
    ]);
    expect(groups.map((group) => group.map(({ id }) => id))).toEqual([
      ['long', 'within'],
      ['later', 'open', 'after', 'unknown'],
    ]);
  });

  it('are named after their service', () => {
    expect(mayBeOf('upper-1234', 'upper')).toBe(true);
    expect(mayBeOf('upper-1234', 'up')).toBe(false);
    expect(mayBeOf('abcdefghijklmnop-1', 'abcdefghijklmnopqrstuvwxy')).toBe(true);
  });
});
