import { describe, expect, it } from 'vitest';
import { parseChallenge } from '../../../src/image/registry/token.ts';

describe('parseChallenge', () => {
  it.each([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
      {
        scheme: 'bearer',
        realm: 'https://auth.docker.io/token',
        service: 'registry.docker.io',
        scopes: ['repository:library/alpine:pull'],
      },
    ],
    [
      'Bearer realm="https://r/t", service="a, b", scope="repository:a:pull,push repository:b:pull", error="invalid_token"',
      {
        scheme: 'bearer',
        realm: 'https://r/t',
        service: 'a, b',
        scopes: ['repository:a:pull,push', 'repository:b:pull'],
      },
    ],
    ['bearer Realm="https://r/t"', { scheme: 'bearer', realm: 'https://r/t', scopes: [] }],
    [
      'Bearer realm=https://r/t,service=x',
      { scheme: 'bearer', realm: 'https://r/t', service: 'x', scopes: [] },
    ],
    [String.raw`Bearer realm="https://r/\"t"`, { scheme: 'bearer', realm: 'https://r/"t', scopes: [] }],
    [
      'Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"',
      { scheme: 'basic' },
    ],
    ['Basic', { scheme: 'basic' }],
    ['Basic realm="x", Bearer realm="https://r/t"', { scheme: 'bearer', realm: 'https://r/t', scopes: [] }],
    ['Negotiate, Basic realm="x"', { scheme: 'basic' }],
  ])('%s', (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });

  it.each([undefined, '', 'Negotiate', 'Bearer', 'Bearer service="x"', 'realm="x"', '"', ',,'])(
    '%s is none',
    (header) => {
      expect(parseChallenge(header)).toBeUndefined();
    },
  );
});
