import { describe, expect, it } from 'vitest';
import { masker } from '../src/secret.ts';

describe('masker', () => {
  it('hides every secret, line by line, and no part of ordinary words', () => {
    const mask = masker(['hunter22', 'first line\nsecond line', 'abc']);
    expect(mask('hunter22 abc, second line')).toBe('(secret) abc, (secret)');
  });

  it('hides a secret in the forms that programs print it in: JSON, base64, percent codes, XML', () => {
    const secret = 'p&ss"wörd\\n1';
    const mask = masker([secret, 'minio', 'ab']);
    const base64 = Buffer.from(secret).toString('base64');
    const forms = [JSON.stringify({ secret }), base64, base64.replace(/=+$/, ''), encodeURIComponent(secret)];
    for (const form of [...forms, new URLSearchParams({ secret }).toString(), 'p&amp;ss&quot;wörd\\n1'])
      expect(mask(form), form).toMatch(/^({"secret":"|secret=)?\(secret\)("})?$/);
    for (const text of ['minio', 'bWluaW8=', 'ab', 'YWI=']) expect(mask(text)).toBe(text);
  });

  it('hides a secret of several lines as one text, too', () => {
    const secret = 'first line\nsecond line';
    const mask = masker([secret]);
    expect(mask(Buffer.from(secret).toString('base64'))).toBe('(secret)');
    expect(mask(JSON.stringify(secret))).not.toMatch(/first|second/);
  });

  it('leaves the words that URIs are made of', () => {
    expect(masker(['minio', 'minio-secret'])('minio.lab://shop minio-secret')).toBe(
      'minio.lab://shop (secret)',
    );
  });

  it('takes short values for secrets only where they are words by themselves', () => {
    const mask = masker(['test', 'a+b$']);
    for (const text of ['testing', 'latest', 'acme-test-files', 'x_test', 'a.test.b', 'prétest', 'xa+b$y'])
      expect(mask(text)).toBe(text);
    for (const text of ['test', '"test"', 'key=test', 'it is test.', '(test)', '-test-', 'a+b$'])
      expect(mask(text)).toBe(text.replace(/test|a\+b\$/, '(secret)'));
    expect(mask('test test')).toBe('(secret) (secret)');
  });

  it('leaves URIs of objects, whatever the value', () => {
    const uri = 's3://acme-production-files/in/test/a.txt';
    expect(masker(['production', 'test'])(`${uri} is production`)).toBe(`${uri} is (secret)`);
    expect(masker(['lab-secret'])('minio.lab://lab-secret/x, "minio.lab://lab-secret"')).not.toContain('(');
  });

  it('hides what is a credential in itself, in any URL', () => {
    const mask = masker(['key-123456']);
    expect(mask('https://ada:pa55@example.org/x s3://k:s@host/b https://token@host')).toBe(
      'https://ada:(secret)@example.org/x s3://k:(secret)@host/b https://(secret)@host',
    );
    expect(mask('https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=0a1b&x=1')).toBe(
      'https://b.s3.amazonaws.com/k?X-Amz-Date=1&X-Amz-Signature=(secret)&x=1',
    );
    expect(mask('s3://bucket/x?token=key-123456')).toBe('s3://bucket/x?token=(secret)');
  });

  it('leaves what stands for a secret, also where the secret is that word', () => {
    const mask = masker(['secret', 'key-123456']);
    expect(mask(mask('key-123456 and secret'))).toBe('(secret) and (secret)');
  });

  it('takes time in proportion to the text, whatever that is', () => {
    const mask = masker(['key-123456']);
    const started = performance.now();
    for (const piece of ['a.', 'a-b+', 'x', 'a:', 'a://', 's3://'])
      for (const [start, end] of [
        ['', '://'],
        ['s3://', '@'],
        ['http://', ' '],
        ['?sig=', '://'],
      ])
        mask(`${start}${piece.repeat(20_000)}${end}`);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
