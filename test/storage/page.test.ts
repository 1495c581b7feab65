/** docs/stores.md says of each kind of store what it is: by what the kinds and the dialects say of themselves, and by the tests. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DIALECTS } from '../../src/providers/dialects.ts';
import { openStorage } from '../../src/storage/open.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { STORE_KINDS, type StoreKind } from '../../src/store-kinds.ts';
import type { Step } from '../../src/workflow/model.ts';
import { bareStore } from '../../src/workflow/store-references.ts';
import { onAws, onOscar, readText } from '../fdl/read-text.ts';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** The rows of the table, each with its cells. */
function rows(): ReadonlyMap<string, readonly string[]> {
  const [, table = ''] =
    /<!-- stores: [^\n]*\n([\s\S]*?)<!-- \/stores -->/.exec(read('docs/stores.md')) ?? [];
  const cells = table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').slice(1, -1));
  return new Map(
    cells.map(([kind = '', ...rest]) => [kind.replace(/[\s`]/g, ''), rest.map((cell) => cell.trim())]),
  );
}

const CREDENTIALS =
  'account access_key account_key credentials login password refresh_token rse secret_key space token';

function storageOf(kind: StoreKind): Storage {
  const credentials = Object.fromEntries(CREDENTIALS.split(' ').map((name) => [name, 'eA==']));
  return openStorage({ ...bareStore(kind, 'any'), endpoint: 'https://h', credentials });
}

async function stepOn(text: string): Promise<Step> {
  return (await readText(text)).workflow?.steps[0] as Step;
}

it('has a row for each kind, with where steps write to it and are started by it', async () => {
  const steps = [await stepOn(onAws('timeout: 1')), await stepOn(onOscar('memory: 1Gi'))];
  const found = new Map(
    STORE_KINDS.map((kind) => {
      const store = bareStore(kind, kind === 'minio' ? 'cluster' : 'any');
      const named = (does: (index: number) => boolean) =>
        ['AWS', 'OSCAR'].filter((_, index) => does(index)).join(', ');
      const dialectOf = (step: Step | undefined) => DIALECTS.find(({ name }) => name === step?.provider);
      const writes = named(
        (index) => dialectOf(steps[index])?.needs(steps[index] as Step, store) !== undefined,
      );
      const hears = named((index) => dialectOf(steps[index])?.hears(steps[index] as Step, store) === true);
      const { buckets, level } = storageOf(kind);
      const lists = [...(buckets ? ['buckets'] : []), ...(level ? ['folders'] : [])].join(', ');
      return [kind, [writes, hears, lists]];
    }),
  );
  const told = [...rows()].map(([kind, [, writes, hears, lists]]) => [kind, [writes, hears, lists]]);
  expect(told).toEqual([...found]);
});

it('names the servers that the tests of stores run against', () => {
  const held = [...read('test/e2e/stores.test.ts').matchAll(/holds\(\s*'([^']+)'/g)].map(([, name = '']) =>
    name.replace(/^[\w ]+: /, ''),
  );
  const named = [...rows().values()].flatMap((cells) => (cells.at(-1) ?? '').split(/, (?!with)/));
  // Its tests are those of the store of S3, in a file of their own.
  expect(new Set(named)).toEqual(new Set([...held, 'moto']));
});
