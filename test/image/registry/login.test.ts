/** Logging in to registries, at the wire. */
import { describe, expect, it } from 'vitest';
import { parseReference } from '../../../src/image/reference.ts';
import { findDigest } from '../../../src/image/registry/manifests.ts';
import { Secret } from '../../../src/secret.ts';
import { passwordFor } from '../clients.ts';
import type { FakeRegistry } from '../fake-registry.ts';
import { addImage } from '../images.ts';
import { openedPerTest } from '../opened.ts';

const { fake, client } = openedPerTest();
const at = (registry: FakeRegistry, rest = 'a:1') => parseReference(`${registry.host}/${rest}`);
const BEARER = { scheme: 'bearer', user: 'me', password: 'secret-word', open: ['a'] } as const;
const summary = (registry: FakeRegistry) => registry.requests.map(({ method, path }) => `${method} ${path}`);

describe('logging in', () => {
  it('fetches one token for what is asked at the same time, and uses it again', async () => {
    const registry = await fake({ auth: BEARER });
    const digest = await addImage(registry, 'a', '1');
    const user = client();
    expect(await Promise.all([1, 2, 3].map(() => findDigest(user, at(registry))))).toEqual([
      digest,
      digest,
      digest,
    ]);
    await findDigest(user, at(registry));
    expect(summary(registry)).toEqual([
      'GET /v2/',
      'GET /token?service=fake%2C+one&scope=repository%3Aa%3Apull',
      ...Array(4).fill('HEAD /v2/a/manifests/1'),
    ]);
    expect(registry.requests[1]?.authorization).toBeUndefined();
  });

  it('fetches a token for each repository', async () => {
    const registry = await fake({ auth: { ...BEARER, open: ['a', 'b'] } });
    for (const name of ['a', 'b']) await addImage(registry, name, '1');
    const user = client();
    for (const name of ['a', 'b', 'a'])
      expect(await findDigest(user, at(registry, `${name}:1`))).toBeDefined();
    expect(registry.count('GET', /^\/token/)).toBe(2);
  });

  it('gives the password to the token service only', async () => {
    const registry = await fake({ auth: BEARER });
    await addImage(registry, 'private', '1');
    const user = client({ credentials: passwordFor(registry.host, 'me', 'secret-word') });
    expect(await findDigest(user, at(registry, 'private:1'))).toBeDefined();
    const withPassword = registry.requests.filter(({ authorization }) => authorization?.startsWith('Basic'));
    expect(withPassword.map(({ path }) => path.replace(/\?.*/, ''))).toEqual(['/token']);
  });

  it('gives a refresh token in a form', async () => {
    const registry = await fake({ auth: { scheme: 'bearer', identity: 'refresh-me' } });
    await addImage(registry, 'private', '1');
    const token = new Secret('refresh-me');
    const user = client({ credentials: async () => ({ credentials: { kind: 'identity', token } }) });
    expect(await findDigest(user, at(registry, 'private:1'))).toBeDefined();
    expect(summary(registry)).toContain('POST /token');
    expect(registry.requests.some(({ path }) => path.includes('refresh-me'))).toBe(false);
  });

  it('renews a token that the registry does not take any more', async () => {
    const registry = await fake({ auth: { ...BEARER, uses: 2 } });
    await addImage(registry, 'a', '1');
    const user = client();
    for (let count = 0; count < 5; count += 1) await findDigest(user, at(registry));
    expect(registry.count('GET', /^\/token/)).toBe(3);
  });

  it('renews a token that is about to end', async () => {
    const registry = await fake({ auth: { ...BEARER, expiresIn: 1e-3 } });
    await addImage(registry, 'a', '1');
    const user = client();
    await findDigest(user, at(registry));
    await new Promise((resolve) => setTimeout(resolve, 2));
    await findDigest(user, at(registry));
    expect(registry.count('GET', /^\/token/)).toBe(2);
    expect(registry.count('HEAD', /manifests/)).toBe(2);
  });

  it('sends a password from the first call on where a registry asks for one', async () => {
    const registry = await fake({ auth: { scheme: 'basic', user: 'AWS', password: 'ecr-token' } });
    await addImage(registry, 'a', '1');
    const user = client({ credentials: passwordFor(registry.host, 'AWS', 'ecr-token') });
    await findDigest(user, at(registry));
    expect(summary(registry)).toEqual(['GET /v2/', 'HEAD /v2/a/manifests/1']);
  });

  it('asks for credentials once for a repository: a login may be for a part of a registry', async () => {
    for (const scheme of ['basic', 'bearer'] as const) {
      const registry = await fake({ auth: { scheme, user: 'me', password: 'secret-word' } });
      for (const name of ['a', 'b']) await addImage(registry, name, '1');
      let asked = 0;
      const credentials = (host: string) => {
        asked += 1;
        return passwordFor(registry.host, 'me', 'secret-word')(host);
      };
      const user = client({ credentials });
      const names = ['a:1', 'b:1', 'a:2', 'b:2'];
      await Promise.all(names.map((name) => findDigest(user, at(registry, name))));
      await findDigest(user, at(registry));
      expect(asked).toBe(2);
    }
  });

  it('asks for new credentials where the old ones are refused', async () => {
    const registry = await fake({ auth: { scheme: 'basic', user: 'AWS', password: 'second' } });
    await addImage(registry, 'a', '1');
    const passwords = ['first', 'second'];
    const credentials = async () => {
      const password = new Secret(passwords.shift() ?? 'third');
      return { credentials: { kind: 'password', username: 'AWS', password } as const };
    };
    expect(await findDigest(client({ credentials }), at(registry))).toBeDefined();
    expect(passwords).toEqual([]);
  });

  it('tells who is denied what, and why there were no credentials', async () => {
    const registry = await fake({ auth: { scheme: 'basic', user: 'me', password: 'secret-word' } });
    const credentials = async () => ({ problem: 'docker-credential-x failed: locked' });
    await expect(findDigest(client({ credentials }), at(registry))).rejects.toMatchObject({
      code: 'image-denied',
      message: expect.stringContaining(`${registry.host}/a:1`),
      hint: expect.stringMatching(/^docker-credential-x failed: locked\. .*docker login/),
    });
  });

  it('shows no password in what it throws', async () => {
    const registry = await fake({ auth: BEARER });
    const user = client({ credentials: passwordFor(registry.host, 'me', 'wrong-word') });
    const error = await findDigest(user, at(registry)).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'image-denied', retryable: false });
    expect(JSON.stringify([error, error.cause, error.stack, error.hint])).not.toContain('wrong-word');
  });

  it.each(['http://tokens.example.org/token', 'ftp://x', 'no address'])(
    'gives no password to the token service %s',
    async (realm) => {
      const registry = await fake({ auth: { ...BEARER, realm } });
      const user = client({ credentials: passwordFor(registry.host, 'me', 'secret-word') });
      await expect(findDigest(user, at(registry))).rejects.toMatchObject({
        code: 'registry-failed',
        message: expect.stringContaining(realm),
      });
    },
  );
});
