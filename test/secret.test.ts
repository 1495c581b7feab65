import { describe, expect, it } from 'vitest';
import { masker } from '../src/secret.ts';

describe('masker', () => {
  it('hides every secret, line by line, and no part of ordinary words', () => {
    const mask = masker(['hunter22', 'first line\nsecond line', 'abc']);
    expect(mask('hunter22 abc, second line')).toBe('(secret) abc, (secret)');
  });

  it('leaves the words that URIs are made of', () => {
    expect(masker(['minio', 'minio-secret'])('minio.lab://shop minio-secret')).toBe(
      'minio.lab://shop (secret)',
    );
  });
});
