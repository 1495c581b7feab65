import { describe, expect, it } from 'vitest';
import { retryAfter } from '../../../src/image/error.ts';
import { endpointOf } from '../../../src/image/registry/endpoint.ts';
import { redirected } from '../../../src/image/registry/transport.ts';

describe('endpointOf', () => {
  const MIRRORS = 'ghcr.io=http://lab:5000,*.dkr.ecr.*.amazonaws.com=https://mirror.example.org';

  it.each([
    ['docker.io', 'docker.io', 'https://registry-1.docker.io', false],
    ['public.ecr.aws', 'public.ecr.aws', 'https://public.ecr.aws', false],
    ['lab:5000', 'lab:5000', 'https://lab:5000', false],
    ['localhost:5000', 'localhost:5000', 'http://localhost:5000', true],
    ['127.0.0.1:5000', '127.0.0.1:5000', 'http://127.0.0.1:5000', true],
    ['[::1]:5000', '[::1]:5000', 'http://[::1]:5000', true],
    ['localhost.example.org', 'localhost.example.org', 'https://localhost.example.org', false],
    ['127.0.0.1.example.org', '127.0.0.1.example.org', 'https://127.0.0.1.example.org', false],
    ['ghcr.io', 'lab:5000', 'http://lab:5000', true],
    ['1.dkr.ecr.eu-west-1.amazonaws.com', 'mirror.example.org', 'https://mirror.example.org', false],
  ])('%s', (registry, name, origin, plainHttp) => {
    expect(endpointOf(registry, MIRRORS)).toEqual({ name, origin, plainHttp });
  });
});

describe('redirected', () => {
  const from = (url: string) =>
    ({ method: 'GET', url, headers: { authorization: 'Bearer x', accept: 'y' } }) as const;

  it.each([
    ['https://r.io/v2/a', '/v2/b?c=d', 'https://r.io/v2/b?c=d', true],
    ['https://r.io/v2/a', 'https://r.io/b', 'https://r.io/b', true],
    ['https://r.io/v2/a', 'https://r.io:8443/b', 'https://r.io:8443/b', false],
    ['https://r.io/v2/a', 'https://s3.io/b', 'https://s3.io/b', false],
    ['https://r.io/v2/a', '//s3.io/b', 'https://s3.io/b', false],
    ['https://r.io/v2/a', 'http://127.0.0.1:9/b', 'http://127.0.0.1:9/b', false],
    ['http://lab:5000/v2/a', 'http://s3.lab/b', 'http://s3.lab/b', false],
    ['http://lab:5000/v2/a', 'https://lab:5000/b', 'https://lab:5000/b', false],
  ])('from %s to %s', (url, location, target, authorised) => {
    const { url: to, headers } = redirected(from(url), location);
    expect(to).toBe(target);
    expect(headers).toEqual({ accept: 'y', ...(authorised && { authorization: 'Bearer x' }) });
  });

  it.each(['http://r.io/b', 'http://s3.io/b', 'file:///etc/passwd', 'https://'])(
    'not from TLS to %s',
    (location) => {
      expect(() => redirected(from('https://r.io/v2/a'), location)).toThrow(
        expect.objectContaining({ code: 'registry-failed', hint: expect.stringContaining('https') }),
      );
    },
  );
});

describe('retryAfter', () => {
  it.each([
    ['7', 7000],
    ['0', 0],
    ['Sun, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Sun, 01 Jan 2026 00:00:00 GMT', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s is %s', (header, ms) => {
    expect(retryAfter(header, Date.parse('2026-01-01T00:00:00Z'))).toBe(ms);
  });
});
