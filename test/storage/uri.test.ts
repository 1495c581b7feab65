import { describe, expect, it } from 'vitest';
import { objectUri, parseUri, splitPath } from '../../src/storage/uri.ts';

describe('parseUri', () => {
  it.each([
    ['s3://bucket/key', { provider: 's3', bucket: 'bucket', key: 'key' }],
    ['minio://bucket/a/b.txt', { provider: 'minio', bucket: 'bucket', key: 'a/b.txt' }],
    ['minio.my_minio://bucket/key', { provider: 'minio', name: 'my_minio', bucket: 'bucket', key: 'key' }],
    ['minio.a.b://bucket/key', { provider: 'minio', name: 'a.b', bucket: 'bucket', key: 'key' }],
    ['S3://bucket', { provider: 's3', bucket: 'bucket', key: '' }],
    ['s3://bucket/', { provider: 's3', bucket: 'bucket', key: '' }],
    ['s3://bucket//folder/', { provider: 's3', bucket: 'bucket', key: 'folder/' }],
    ['s3://bucket/with space/50%+.txt', { provider: 's3', bucket: 'bucket', key: 'with space/50%+.txt' }],
    ['s3://bucket/two\nlines', { provider: 's3', bucket: 'bucket', key: 'two\nlines' }],
  ])('reads %s', (uri, expected) => {
    expect(parseUri(uri)).toEqual(expected);
  });

  it.each([
    ['bucket/key', 'has not the form'],
    ['/tmp/file', 'has not the form'],
    ['s3:/bucket/key', 'has not the form'],
    ['gs://bucket/key', 'names the unknown provider "gs"'],
    ['minio.://bucket/key', 'has a dot without a name'],
    ['s3:///key', 'names no bucket'],
  ])('refuses %s', (uri, why) => {
    expect(() => parseUri(uri)).toThrow(
      expect.objectContaining({
        code: 'uri-invalid',
        exitCode: 2,
        message: expect.stringContaining(why),
        hint: expect.stringContaining('s3://my-bucket/input/file.txt'),
      }),
    );
    expect(() => parseUri(uri)).toThrow(uri);
  });

  it.each(['s3://bucket/key', 'minio.my_minio://bucket/a/b', 's3://bucket'])(
    'is undone by objectUri: %s',
    (uri) => {
      const { provider, name = 'default', bucket, key } = parseUri(uri);
      expect(objectUri(`${provider}.${name}`, bucket, key)).toBe(uri);
    },
  );
});

describe('objectUri', () => {
  it('leaves out the default name', () => {
    expect(objectUri('s3.default', 'b', 'k')).toBe('s3://b/k');
    expect(objectUri('minio.lab', 'b', '')).toBe('minio.lab://b');
  });
});

describe('splitPath', () => {
  it.each([
    ['bucket', 'bucket', ''],
    ['bucket/folder', 'bucket', 'folder'],
    [' /bucket//folder/sub/ ', 'bucket', 'folder/sub'],
    ['//bucket/', 'bucket', ''],
    ['bucket/with space/x', 'bucket', 'with space/x'],
    [' / ', '', ''],
    ['', '', ''],
  ])('%j is bucket %j and folder %j', (path, bucket, prefix) => {
    expect(splitPath(path)).toEqual({ bucket, prefix });
  });
});
