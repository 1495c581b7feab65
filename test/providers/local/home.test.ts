import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { homeAt, writeWhole } from '../../../src/providers/local/home.ts';
import { openJournal } from '../../../src/providers/local/journal.ts';
import { bucketKind } from '../../../src/providers/local/kinds/bucket.ts';
import { historyKind } from '../../../src/providers/local/kinds/history.ts';
import { takeLock } from '../../../src/providers/local/lock.ts';
import { temporaryFolder } from '../../storage/temporary-folder.ts';

const mode = (file: string) => (statSync(file).mode & 0o777).toString(8);

it('what a workflow keeps on this machine is for its owner alone', async () => {
  const before = process.umask(0o022);
  onTestFinished(() => void process.umask(before));
  const home = homeAt(path.join(temporaryFolder(), '.fdl', 'demo'));
  await bucketKind(home, { deleteData: false }).reconcile({ namespace: 'local', bucket: 'in' }, {} as never);
  await historyKind(home).reconcile({ workflow: 'demo' }, {} as never);
  const giveBack = takeLock(home);
  openJournal(home).close();
  writeWhole(home.checkpoint, '{}');
  expect([path.dirname(home.root), home.root].map(mode)).toEqual(['700', '700']);
  expect([home.journal, home.lock, home.checkpoint].map(mode)).toEqual(['600', '600', '600']);
  giveBack();
});

it('nothing is left of a file that could not be written whole', () => {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, 'checkpoint.json', 'in the way'), { recursive: true });
  expect(() => writeWhole(path.join(folder, 'checkpoint.json'), '{}')).toThrow();
  expect(readdirSync(folder)).toEqual(['checkpoint.json']);
});
