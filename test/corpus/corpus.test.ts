/** FDL files of other projects, judged as `fdl validate` does. */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LANGUAGE } from '../../src/providers/language.ts';
import { diagnosticText } from '../../src/terminal/diagnostics.ts';
import { plain } from '../../src/terminal/style.ts';
import { dotText, mermaidText } from '../../src/workflow/draw.ts';
import { stepOrder } from '../../src/workflow/links.ts';
import { blocking, matters, type ReadFile, readWorkflow } from '../../src/workflow/read.ts';
import { CORPUS, corpusFiles, ROOT } from './folder.ts';

const files = corpusFiles();

/** Scripts are not looked for: they are not in the folder. */
function read(file: string): Promise<ReadFile> {
  return readWorkflow(join(CORPUS, file), {
    language: LANGUAGE,
    environment: {},
    workingDirectory: ROOT,
    localFiles: false,
  });
}

/** `file: valid, code, code 3`; `not deployable` where it reads well. */
function verdict(file: string, { workflow, diagnostics: all }: ReadFile): string {
  const diagnostics = all.filter((each) => matters(each, 'cloud'));
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const counted = codes.map((code) => {
    const count = diagnostics.filter((each) => each.code === code).length;
    return count === 1 ? code : `${code} ${count}`;
  });
  const isKept = workflow && blocking(diagnostics, 'cloud').length > 0;
  const words = workflow ? `valid${isKept ? ', not deployable' : ''}` : 'not valid';
  return [`${file}: ${words}`, ...counted].join(', ');
}

describe.skipIf(files.length === 0)('FDL files of other projects', () => {
  test('get the verdicts that they should', async () => {
    const lines = await Promise.all(files.map(async (file) => verdict(file, await read(file))));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('../golden/corpus-verdicts.txt');
  });

  test('get a hint with every finding', async () => {
    for (const file of files) {
      const { diagnostics } = await read(file);
      expect(
        diagnostics.filter(({ hint }) => !hint),
        file,
      ).toEqual([]);
    }
  });

  test('can be drawn and shown', async () => {
    for (const file of files) {
      const { workflow, diagnostics, source } = await read(file);
      for (const each of diagnostics) expect(diagnosticText(each, source, plain), file).toContain(file);
      if (!workflow) continue;
      expect(mermaidText(workflow)).toContain('flowchart TD');
      expect(dotText(workflow)).toContain('digraph');
      expect([...stepOrder(workflow)].sort()).toEqual(workflow.steps.map(({ id }) => id).sort());
    }
  });
});
