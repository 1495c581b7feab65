/** Names and amounts that no cluster is asked for: what is wrong is known before. */
import { describe, expect, it } from 'vitest';
import type { OscarClient } from '../../../../src/providers/oscar/api/calls.ts';
import { openBuckets } from '../../../../src/providers/oscar/clusters/buckets.ts';
import { openQuotas } from '../../../../src/providers/oscar/clusters/quotas.ts';
import { openVolumes } from '../../../../src/providers/oscar/clusters/volumes.ts';

/** A cluster that answers nothing. */
const client = { cluster: 'lab' } as OscarClient;
const { signal } = new AbortController();
const wrong = (value: string) =>
  expect.objectContaining({ code: 'usage', message: expect.stringContaining(`"${value}"`) });

describe('nobody is asked for', () => {
  it.each(['2', '2GB', '-1Gi', 'big', ''])('a volume of "%s"', async (size) => {
    await expect(openVolumes(client, signal).create('models', size)).rejects.toEqual(wrong(size));
  });

  it.each([
    ['volumes', '-1'],
    ['volumes', '1.5'],
    ['buckets', 'many'],
    ['volume-storage', '20GB'],
    ['memory', '-1Gi'],
  ])('a limit of %s: %s', async (name, value) => {
    await expect(openQuotas(client, signal).set('ada', new Map([[name, value]]))).rejects.toEqual(
      wrong(value),
    );
  });

  it.each(['Pictures', 'a', 'a/../b', ''])('a bucket "%s"', async (name) => {
    await expect(openBuckets(client, signal).create(name, {})).rejects.toEqual(wrong(name));
  });
});
