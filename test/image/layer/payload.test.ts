import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readPayload } from '../../../src/image/layer/payload.ts';
import { payloadFolder } from '../../../src/image/layer/step-layers.ts';

describe('readPayload', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'fdl-payload-'));
    mkdirSync(path.join(folder, 'models/empty'), { recursive: true });
    writeFileSync(path.join(folder, 'models/a.bin'), 'weights');
    writeFileSync(path.join(folder, 'run.sh'), '#!/bin/sh', { mode: 0o700 });
    symlinkSync('models/a.bin', path.join(folder, 'latest'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const listed = async (source: string) =>
    (await readPayload(source, 'p')).sources.map((each) =>
      each.kind === 'file'
        ? `${each.path} ${each.size}${each.executable ? ' x' : ''}`
        : `${each.path}${each.kind === 'directory' ? '/' : ` -> ${each.target}`}`,
    );

  it('lists a folder by its names', async () => {
    const expected = [
      'p/',
      'p/latest -> models/a.bin',
      'p/models/',
      'p/models/a.bin 7',
      'p/models/empty/',
      'p/run.sh 9 x',
    ];
    expect(await listed(folder)).toEqual(expected);
  });

  it('puts a single file into the folder', async () => {
    expect(await listed(path.join(folder, 'run.sh'))).toEqual(['p/run.sh 9 x']);
  });

  it('has a digest of names, content and what may be run, not of times', async () => {
    const digest = async () => (await readPayload(folder, 'p')).digest;
    const first = await digest();
    utimesSync(path.join(folder, 'run.sh'), 1, 1);
    expect(await digest()).toBe(first);
    const seen = new Set([first, (await readPayload(folder, 'q')).digest]);
    chmodSync(path.join(folder, 'run.sh'), 0o600);
    seen.add(await digest());
    writeFileSync(path.join(folder, 'models/a.bin'), 'weighty');
    seen.add(await digest());
    rmSync(path.join(folder, 'latest'));
    symlinkSync('run.sh', path.join(folder, 'latest'));
    seen.add(await digest());
    rmSync(path.join(folder, 'models/empty'), { recursive: true });
    seen.add(await digest());
    expect(seen.size).toBe(6);
  });

  it.each(['/etc/passwd', '../../secret', '../a/../../x'])('refuses a link to %s', async (target) => {
    symlinkSync(target, path.join(folder, 'models/out'));
    await expect(readPayload(folder, 'p')).rejects.toMatchObject({
      code: 'payload-invalid',
      message: `the link "${folder}/models/out" leads out of the payload, to "${target}"`,
    });
  });

  it('refuses what is no file, and what is not there', async () => {
    await expect(readPayload(path.join(folder, 'nothing'), 'p')).rejects.toMatchObject({
      code: 'payload-invalid',
    });
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    await expect(readPayload(folder, 'p')).rejects.toMatchObject({
      message: `"${folder}/pipe" is neither a file nor a folder`,
    });
  });
});

describe('payloadFolder', () => {
  it.each([
    ['payload', 'payload'],
    ['/models//v1/', 'models/v1'],
    ['library', 'library'],
  ])('%s', (target, folder) => {
    expect(payloadFolder(target)).toBe(folder);
  });

  it.each([
    '',
    '/',
    'bin',
    'lib/x',
    'config.json',
    'script',
    '../x',
    'a/../../x',
    '.',
    'a/.wh.b',
    '.wh..wh..opq',
  ])('"%s" is refused', (target) => {
    expect(() => payloadFolder(target)).toThrow(expect.objectContaining({ code: 'payload-invalid' }));
  });
});
