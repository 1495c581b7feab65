/** Resources as golden files: one file for each, so that what changed can be seen, and one for their order. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Resource } from '../src/deploy/resource.ts';

const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));
const ORDER = 'order.txt';

/** Compares resources with the files below `test/golden/FOLDER`; `-u` writes them. Files of no resource are a failure. */
export async function expectGolden(folder: string, resources: readonly Resource[]): Promise<void> {
  const inside = join(GOLDEN, folder);
  const order = resources.map(({ id }) => `${id}\n`).join('');
  await expect(order).toMatchFileSnapshot(join(inside, ORDER));
  for (const resource of resources) {
    await expect(`${JSON.stringify(resource, null, 2)}\n`).toMatchFileSnapshot(
      join(inside, fileOf(resource)),
    );
  }
  const expected = resources.map(fileOf);
  const left = filesOf(inside).filter((file) => !expected.includes(file));
  expect(left, 'Delete the files of resources that are not there any more.').toEqual([]);
}

/** The golden resources of every folder below `test/golden/FOLDER`, by their folders' names. */
export function readGoldens(folder: string): readonly (readonly [string, readonly Resource[]])[] {
  return readdirSync(join(GOLDEN, folder)).map((name) => {
    const inside = join(GOLDEN, folder, name);
    return [name, filesOf(inside).map((file) => JSON.parse(readFileSync(join(inside, file), 'utf8')))];
  });
}

/** `aws/eu-west-1/function/resize` is in `function/resize.json`. */
function fileOf({ id }: Resource): string {
  const [, , kind = '', ...name] = id.split('/');
  return join(kind, `${name.join('/')}.json`);
}

function filesOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name !== ORDER);
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}
