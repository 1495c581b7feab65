/** Tables for checks: what a file says, and the findings of one code in it. */
import { expect, test } from 'vitest';
import { lineText } from '../../../src/fdl/source.ts';
import { readText } from '../../fdl/read-text.ts';

/**
 * A case: its name, the file, where its findings stand, and a part of what they say. A place is `line:column`, or
 * `line` and the text that starts there.
 */
export type Row = readonly [what: string, fdl: string, places: readonly string[], says?: string];

/** One test for each row: exactly these findings of the code, among those with the same `blocks`. */
export function finds(code: string, blocks: 'cloud' | 'any' | undefined, rows: readonly Row[]): void {
  test.each(rows.map((row) => [row[0], row] as const))(`${code}: %s`, async (_, [, fdl, places, says]) => {
    const { diagnostics, source } = await readText(fdl);
    const found = diagnostics.filter((each) => each.code === code && each.blocks === blocks);
    expect(found.every(({ severity, hint }) => severity === 'warning' && hint !== undefined)).toBe(true);
    const standing = found.map(({ place: { line, column } }, index) => {
      const text = source ? lineText(source, line).slice(column - 1) : '';
      const [, expected = ''] = /^\d+ (.*)$/s.exec(places[index] ?? '') ?? [];
      return expected === '' ? `${line}:${column}` : `${line} ${text.slice(0, expected.length)}`;
    });
    expect(standing).toEqual(places);
    if (says !== undefined)
      expect(found.map(({ message, hint }) => `${message} ${hint}`).join('\n')).toContain(says);
  });
}
