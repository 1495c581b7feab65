import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StepConfig, StepStore } from '../../src/supervisor/config.ts';
import {
  kept,
  secretKeeper,
  storeCredentials,
  withoutCredentials,
} from '../../src/supervisor/credentials.ts';
import { stepStores } from '../../src/supervisor/open-stores.ts';
import { temporaryFolder } from '../storage/temporary-folder.ts';

const LAB: StepStore = { id: 'minio.lab', kind: 'minio', endpoint: 'http://127.0.0.1:1', verifyTls: true };
const CONFIG: StepConfig = {
  workflow: 'w',
  step: 's',
  inputs: [],
  outputs: [],
  environment: {},
  stores: [LAB],
};

describe('stepStores', () => {
  it('opens each store once, with credentials asked for once', async () => {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return { access_key: 'a', secret_key: 's' };
    };
    const stores = [{ ...LAB, credentials: { from: 'file', path: '/keys' } } as const];
    const open = stepStores({ ...CONFIG, stores }, { credentials });
    expect(await open('minio.lab')).toBe(await open('minio.lab'));
    expect(asked).toBe(1);
  });

  it('opens the S3 of the account without any entry', async () => {
    expect(await stepStores(CONFIG, { credentials: () => ({}) })('s3.default')).toBeDefined();
  });

  it('opens folders instead, without credentials', async () => {
    const localRoot = temporaryFolder();
    mkdirSync(path.join(localRoot, 'minio.lab/b'), { recursive: true });
    writeFileSync(path.join(localRoot, 'minio.lab/b/k'), 'x');
    const credentials = () => {
      throw new Error('not needed');
    };
    const storage = await stepStores(CONFIG, { credentials, localRoot })('minio.lab');
    expect(await storage.stat('b', 'k')).toMatchObject({ size: 1 });
  });

  it('says which store it does not know', async () => {
    await expect(stepStores(CONFIG, { credentials: () => ({}) })('minio.far')).rejects.toMatchObject({
      code: 'storage-unknown',
      message: 'step "s" knows no storage provider "minio.far"',
      hint: expect.stringContaining('minio.lab'),
    });
  });
});

describe('storeCredentials', () => {
  it('come from variables', () => {
    const store = {
      ...LAB,
      credentials: { from: 'environment', variables: { access_key: 'A', secret_key: 'B' } },
    } as const;
    expect(storeCredentials(store, { A: 'a', B: 'b', C: 'c' })).toEqual({ access_key: 'a', secret_key: 'b' });
    expect(() => storeCredentials(store, { A: 'a' })).toThrow(
      expect.objectContaining({
        code: 'credentials-missing',
        message: expect.stringContaining('"secret_key" is not set'),
      }),
    );
  });

  it('come from a file, whose content no error shows', () => {
    const file = path.join(temporaryFolder(), 'keys');
    const store = { ...LAB, credentials: { from: 'file', path: file } } as const;
    expect(() => storeCredentials(store, {})).toThrow(/minio\.lab.*ENOENT/);
    writeFileSync(file, '{"access_key":"a","secret_key":"b"}');
    expect(storeCredentials(store, {})).toEqual({ access_key: 'a', secret_key: 'b' });
    writeFileSync(file, 'top-secret');
    expect(() => storeCredentials(store, {})).toThrow(/is no JSON object/);
    expect(() => storeCredentials(store, {})).not.toThrow(/top-secret/);
  });

  it('in variables are not for scripts', () => {
    const credentials = { from: 'environment', variables: { access_key: 'A' } } as const;
    expect(withoutCredentials([LAB, { ...LAB, credentials }], { A: 'a', B: 'b' })).toEqual({ B: 'b' });
  });

  it('are none where none are named', () => {
    expect(storeCredentials(LAB, {})).toEqual({});
  });
});

describe('secretKeeper', () => {
  it('hides what it has met, and what AWS puts into the environment', () => {
    const keeper = secretKeeper({ AWS_SECRET_ACCESS_KEY: 'aws-secret', PATH: '/bin' });
    const credentials = kept(keeper, () => ({ secret_key: 'lab-secret' }));
    expect(keeper.mask('aws-secret lab-secret /bin')).toBe('(secret) lab-secret /bin');
    credentials(LAB);
    expect(keeper.mask('aws-secret lab-secret /bin')).toBe('(secret) (secret) /bin');
  });
});
