import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { archiveOf } from '../../../../src/providers/aws/api/zip.ts';
import { unzip } from '../../../standins/aws/run/zip.ts';

test('an archive has its file, which everybody may read', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-zip-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { bytes } = archiveOf('gateway.mjs', Buffer.from('export const hé = 1;\n'));
  unzip(Buffer.from(bytes), folder);
  expect(readFileSync(path.join(folder, 'gateway.mjs'), 'utf8')).toBe('export const hé = 1;\n');
  expect(statSync(path.join(folder, 'gateway.mjs')).mode & 0o444).toBe(0o444);
});

test('the same file is the same archive, wherever and whenever it is made', () => {
  const { bytes, digest } = archiveOf('a.mjs', Buffer.from('x'));
  expect(digest).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(digest).toBe('63d467ebab6e68740b6c3a0457e9deab4ef14e457fec7d63ec5e27167a4d6d88');
  expect(archiveOf('a.mjs', Buffer.from('y')).digest).not.toBe(digest);
});
