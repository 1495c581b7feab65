import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadDocument } from '../../src/fdl/document.ts';
import { lineText } from '../../src/fdl/source.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import { excerptOf } from '../../src/terminal/diagnostics.ts';
import { graphText } from '../../src/terminal/graph-text.ts';
import { plain } from '../../src/terminal/style.ts';
import { checkWorkflow } from '../../src/workflow/checks/index.ts';
import { dotText, mermaidText } from '../../src/workflow/draw.ts';
import { resolveWorkflow } from '../../src/workflow/resolve.ts';
import { CORPUS, corpusFiles } from '../corpus/folder.ts';
import { runs } from '../fuzz.ts';
import { ALL } from './decisions/all.ts';

/** Numbers below `limit` that are the same for the same seed (a linear congruential generator). */
function numbersFrom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const PIECES =
  '\t|\u00a0|"|\'|: |- |[|]|{|}|*a|&a |!x |>|#|~|${env:X}|${|\r|\u0007|😀|<<: |---\n|? |%|@|`|\\|\ufeff|0x1|yes'.split(
    '|',
  );

/** A text with a few lines lost, doubled, moved, cut or broken up. */
function mutated(text: string, number: (limit: number) => number): string {
  const lines = text.split('\n');
  for (let change = number(3); change >= 0; change--) {
    const at = number(lines.length);
    const line = lines[at] ?? '';
    const cut = number(line.length + 1);
    const piece = PIECES[number(PIECES.length)] ?? '';
    const others = [
      [],
      [line, lines[number(lines.length)] ?? ''],
      [`${' '.repeat(number(4))}${line}`],
      [line.replace(/^ {1,2}/, '')],
      [`${line.slice(0, cut)}${piece}${line.slice(cut)}`],
      [line.replace(/:.*/, `: ${piece}`)],
      [line.slice(0, cut)],
    ];
    lines.splice(at, 1, ...(others[number(others.length)] ?? []));
  }
  return lines.join('\n');
}

test('whatever a file says, it gets findings that stand in it, or a workflow', () => {
  const texts = [
    ...ALL.map(({ fdl }) => fdl),
    ...corpusFiles().map((name) => readFileSync(path.join(CORPUS, name), 'utf8')),
  ].filter((fdl) => typeof fdl === 'string' && fdl.length < 3000) as string[];
  const check = (seed: number) => {
    const number = numbersFrom(seed);
    const text = mutated(texts[number(texts.length)] ?? '', number);
    const { document, diagnostics, source } = loadDocument(
      'demo.yaml',
      new TextEncoder().encode(text),
      { X: 'x' },
      LANGUAGE,
    );
    const found = [...diagnostics];
    if (document) {
      const {
        workflow,
        diagnostics: more,
        paths,
      } = resolveWorkflow(document, {
        workingDirectory: '/',
        localFiles: false,
        dialects: LANGUAGE.dialects,
      });
      const checked = checkWorkflow(
        {
          workflow,
          at: (step, ...fields) => document.place([...(paths.get(step.id) ?? []), ...fields]),
        },
        LANGUAGE.dialects,
      );
      found.push(...more, ...checked);
      graphText(workflow, plain, 80);
      mermaidText(workflow);
      dotText(workflow);
    }
    expect(document !== undefined || found.some(({ severity }) => severity === 'error'), text).toBe(true);
    for (const { message, hint = '', place, code } of found) {
      if (!source) throw new Error(`there is no source of ${text}`);
      expect(place.column, `${code} in ${text}`).toBeLessThanOrEqual(lineText(source, place.line).length + 1);
      expect(place.line, `${code} in ${text}`).toBeLessThanOrEqual(source.lineStarts.length);
      const shown = `${message}${hint}${excerptOf(source, place).text}`;
      expect(shown, text).not.toMatch(/\p{Cc}|undefined|\[object|NaN/u);
    }
  };
  fc.assert(fc.property(fc.nat(), check), { numRuns: runs(500) });
});
