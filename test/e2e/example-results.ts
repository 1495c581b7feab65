/** The examples, and what comes out of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { fdl, ROOT } from './fdl.ts';
import { filesBelow, project } from './project.ts';

export const EXAMPLES = path.join(ROOT, 'examples');

/** Compares results with `expected/`: files of its MANIFEST must be there, all others be the same. */
export function expectResults(name: string, out: string): void {
  const expected = path.join(EXAMPLES, name, 'expected');
  const manifest = path.join(expected, 'MANIFEST');
  const listed = existsSync(manifest) ? readFileSync(manifest, 'utf8').split('\n').filter(Boolean) : [];
  const compared = filesBelow(expected).filter((file) => file !== 'MANIFEST');
  expect(filesBelow(out)).toEqual([...compared, ...listed].sort());
  for (const file of compared) {
    expect(readFileSync(path.join(out, file), 'utf8'), file).toBe(
      readFileSync(path.join(expected, file), 'utf8'),
    );
  }
}

export interface WrittenExample {
  readonly cwd: string;
  /** Names of its input files, from `cwd`. */
  readonly inputs: readonly string[];
}

/** Writes a template to a new folder, and gives that folder with its inputs. */
export async function writeExample(name: string): Promise<WrittenExample> {
  const above = project({});
  const { code, stderr } = await fdl(['init', name, 'mine'], { cwd: above });
  expect(code, stderr).toBe(0);
  const cwd = path.join(above, 'mine');
  const [schema = ''] = readFileSync(path.join(cwd, 'workflow.yaml'), 'utf8').split('\n');
  expect(existsSync(path.join(cwd, schema.replace('# yaml-language-server: $schema=', ''))), schema).toBe(
    true,
  );
  return { cwd, inputs: readdirSync(path.join(cwd, 'input')).map((file) => `input/${file}`) };
}
