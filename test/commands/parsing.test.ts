/** What options mean: times of `--since`, patterns of `get`, URIs of `--to` and `--from`, steps. */
import { describe, expect, it } from 'vitest';
import { parseSince } from '../../src/commands/since.ts';
import { entryStep, findStep, folderOf } from '../../src/session/lookup.ts';
import { globPattern } from '../../src/session/results.ts';
import { COUNT, UPPER, workflowText } from '../e2e/project.ts';
import { workflowOf } from '../providers/local/samples.ts';

const usage = (message: string) =>
  expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) });

describe('--since', () => {
  const now = new Date('2026-03-10T12:00:00.000Z');

  it.each([
    ['30s', '2026-03-10T11:59:30.000Z'],
    ['10m', '2026-03-10T11:50:00.000Z'],
    ['2h', '2026-03-10T10:00:00.000Z'],
    ['3d', '2026-03-07T12:00:00.000Z'],
    [' 1w ', '2026-03-03T12:00:00.000Z'],
    ['0s', '2026-03-10T12:00:00.000Z'],
    ['2026-01-31', '2026-01-31T00:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
  ])('%s', (text, time) => {
    expect(parseSince(text, now)).toBe(time);
  });

  it.each(['', 'yesterday', '10', '10x', '-5m', '1.5h', 'm', '5 minutes ago', '99999999999w'])(
    '"%s" is no time',
    (text) => {
      expect(() => parseSince(text, now)).toThrow(usage(`"${text}"`));
    },
  );
});

describe('a pattern of get', () => {
  it.each([
    ['*.svg', ['a.svg', '.svg', 'a b.svg'], ['a.svg.txt', 'x/a.svg', 'asvg']],
    ['a?.txt', ['ab.txt', 'a☃.txt'], ['a.txt', 'abc.txt', 'a/.txt']],
    ['small/*.png', ['small/x.png'], ['small/deep/x.png', 'x.png']],
    ['**/x.png', ['small/x.png', 'a/b/x.png'], ['x.png']],
    ['**', ['anything/at/all'], []],
    ['a+(b)[c].{d}^$|', ['a+(b)[c].{d}^$|'], ['ab', 'aab']],
    ['plain', ['plain'], ['plain2', 'aplain']],
  ])('%s', (pattern, fitting, others) => {
    for (const name of fitting) expect(globPattern(pattern).test(name), name).toBe(true);
    for (const name of others) expect(globPattern(pattern).test(name), name).toBe(false);
  });
});

describe('a storage URI', () => {
  const lab = { endpoint: 'https://lab.example.org', access_key: 'a', secret_key: 'b', region: 'x' };
  const other = { ...lab, endpoint: 'https://other.example.org' };
  const output = [{ storage_provider: 'minio.lab', path: 'results/x' }];
  const text = workflowText([{ ...UPPER, more: { output } }], { storage_providers: { minio: { lab } } });
  const workflow = workflowOf(text);

  it.each([
    ['s3://shop/in', 's3.default', 'shop', 'in'],
    ['s3://shop', 's3.default', 'shop', ''],
    ['s3://shop/in/deep/', 's3.default', 'shop', 'in/deep'],
    ['minio.lab://results/x', 'minio.lab', 'results', 'x'],
    ['minio://results/x', 'minio.lab', 'results', 'x'],
  ])('%s', (uri, store, bucket, prefix) => {
    expect(folderOf(workflow, uri)).toMatchObject({ store, namespace: store, bucket, prefix });
  });

  it.each(['minio.other://x/y', 'onedata://space/x', 's3.mine://shop/x'])(
    '%s is no store of the workflow',
    (uri) => {
      expect(() => folderOf(workflow, uri)).toThrow(
        expect.objectContaining({ code: 'unknown-store', exitCode: 2 }),
      );
    },
  );

  it('must say which of several stores of a kind is meant', () => {
    const both = [...output, { storage_provider: 'minio.other', path: 'results/y' }];
    const stores = { storage_providers: { minio: { lab, other } } };
    const two = workflowOf(workflowText([{ ...UPPER, more: { output: both } }], stores));
    expect(() => folderOf(two, 'minio://results/x')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('minio.lab, minio.other') }),
    );
  });
});

describe('the step that files are for', () => {
  const chain = workflowOf(workflowText([COUNT, UPPER]));

  it('is the one that no other feeds, or the one that is named', () => {
    expect(entryStep(chain, undefined).id).toBe('upper');
    expect(entryStep(chain, 'count').id).toBe('count');
    expect(findStep(chain, 'count').id).toBe('count');
  });

  it('must be one', () => {
    const two = workflowOf(workflowText([UPPER, { ...COUNT, input: 'shop/other' }]));
    expect(() => entryStep(two, undefined)).toThrow(usage('upper, count'));
    expect(() => entryStep(chain, 'cont')).toThrow(expect.objectContaining({ hint: 'Did you mean count?' }));
    const none = workflowOf(workflowText([{ name: 'only', script: 'x' }]));
    expect(() => entryStep(none, undefined)).toThrow(usage('no step of shop takes files'));
    expect(() => entryStep(none, 'only')).toThrow(usage('"only" has no input'));
  });
});
