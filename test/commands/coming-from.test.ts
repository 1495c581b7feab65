/** What users of OSCAR-CLI and SCAR are told to write instead. */
import { expect, it } from 'vitest';
import tables from '../coming-from.json' with { type: 'json' };
import suite from '../oscar-tests.json' with { type: 'json' };
import { problemWith } from './command-line.ts';

interface Row {
  readonly theirs: string;
  readonly ours?: readonly string[];
  readonly note?: string;
}

it.each(Object.entries<readonly Row[]>(tables))(
  '%s: every command line is taken, and what has none is explained',
  async (_, rows) => {
    const complaints: string[] = [];
    for (const { theirs, ours = [], note = '' } of rows) {
      if (ours.length === 0 && note === '') complaints.push(`${theirs}: nothing is said`);
      for (const line of ours) {
        const problem = line.startsWith('fdl ') ? await problemWith(line) : 'it is no command of fdl';
        if (problem !== undefined) complaints.push(`${line}: ${problem}`);
      }
    }
    expect(complaints).toEqual([]);
    expect(new Set(rows.map(({ theirs }) => theirs)).size).toBe(rows.length);
  },
);

it("every case of OSCAR-CLI's own test suite is one of these rows, or calls nothing", () => {
  const known = new Set(tables['oscar-cli'].map(({ theirs }) => theirs));
  const cases = Object.entries<Readonly<Record<string, string | readonly string[]>>>(suite.cases);
  const without = cases.flatMap(([file, each]) =>
    Object.entries(each).flatMap(([name, rows]) => {
      const isKnown = typeof rows === 'string' ? rows.endsWith('.') : rows.every((row) => known.has(row));
      return isKnown && rows.length > 0 ? [] : [`${file}: ${name}`];
    }),
  );
  expect(without).toEqual([]);
});
