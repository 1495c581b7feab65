import { describe, expect, it } from 'vitest';
import { formatReference, mirrorOf, parseReference } from '../../../src/image/reference.ts';

const DIGEST = `sha256:${'a1'.repeat(32)}`;

describe('names of images', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3.20', 'docker.io/library/alpine:3.20'],
    ['grycap/mask-detector-yolo:mini', 'docker.io/grycap/mask-detector-yolo:mini'],
    ['docker.io/alpine', 'docker.io/library/alpine:latest'],
    ['index.docker.io/library/alpine', 'docker.io/library/alpine:latest'],
    ['ghcr.io/owner/deep/name:v1.2-rc_3', 'ghcr.io/owner/deep/name:v1.2-rc_3'],
    ['localhost/mine', 'localhost/mine:latest'],
    ['localhost:5000/mine:2', 'localhost:5000/mine:2'],
    ['127.0.0.1:5000/a/b', '127.0.0.1:5000/a/b:latest'],
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`],
    [`ghcr.io/a/b:tag@${DIGEST}`, `ghcr.io/a/b:tag@${DIGEST}`],
    [
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a_b/c.d',
      '123456789012.dkr.ecr.eu-west-1.amazonaws.com/a_b/c.d:latest',
    ],
    ['  alpine ', 'docker.io/library/alpine:latest'],
  ])('%s is %s', (text, full) => {
    expect(formatReference(parseReference(text))).toBe(full);
    expect(parseReference(full)).toEqual(parseReference(text));
  });

  it.each([
    '',
    'Alpine',
    'a//b',
    'ghcr.io/',
    'a b',
    'alpine:',
    'alpine@sha256:12',
    '-a',
    'ghcr.io/A/b',
    'alpine:.x',
  ])('"%s" is none', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'image-invalid' }));
  });
});

describe('mirrors', () => {
  const MIRRORS =
    'docker.io=http://127.0.0.1:5000, *.dkr.ecr.*.amazonaws.com=https://mirror.example.org/ ,,ghcr.io=http://g:1';

  it.each([
    ['docker.io', { host: '127.0.0.1:5000', plainHttp: true }],
    ['1.dkr.ecr.eu-west-1.amazonaws.com', { host: 'mirror.example.org', plainHttp: false }],
    ['ghcr.io', { host: 'g:1', plainHttp: true }],
    ['quay.io', undefined],
    ['xdocker.io', undefined],
    ['docker.ioo', undefined],
    ['dockerxio', undefined],
  ])('of %s', (registry, mirror) => {
    expect(mirrorOf(registry, MIRRORS)).toEqual(mirror);
  });

  it('there are none by default, and the first that fits counts', () => {
    expect(mirrorOf('docker.io', undefined)).toBeUndefined();
    expect(mirrorOf('docker.io', '')).toBeUndefined();
    expect(mirrorOf('docker.io', 'docker*=http://a,docker.io=http://b')?.host).toBe('a');
    expect(mirrorOf('anything', '*=https://all')?.host).toBe('all');
  });

  it.each([
    'docker.io',
    'docker.io=127.0.0.1:5000',
    'docker.io=ftp://x',
    '=http://x',
    'docker.io=http://x/path',
  ])('"%s" is named as wrong', (entry) => {
    expect(() => mirrorOf('docker.io', `x=http://y,${entry}`)).toThrow(
      expect.objectContaining({ code: 'mirrors-invalid', message: expect.stringContaining(entry) }),
    );
  });
});
