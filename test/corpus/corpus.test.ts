/**
 * FDL files of other projects, judged as `fdl validate` does. They are not part of this project: the folder beside it
 * named `shared/corpus` is taken, or what `FDL_TEST_CORPUS` names.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { diagnosticText } from '../../src/terminal/diagnostics.ts';
import { plain } from '../../src/terminal/style.ts';
import { dotText, mermaidText } from '../../src/workflow/draw.ts';
import { stepOrder } from '../../src/workflow/order.ts';
import { type ReadFile, readWorkflow } from '../../src/workflow/read.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = resolve(root, process.env['FDL_TEST_CORPUS'] ?? '../shared/corpus');
const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)) : [];

/** Scripts are not looked for: they are not in the folder. */
function read(file: string): Promise<ReadFile> {
  return readWorkflow(join(folder, file), { environment: {}, workingDirectory: root, localFiles: false });
}

/** `file: valid, code, code 3`. */
function verdict(file: string, { workflow, diagnostics }: ReadFile): string {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const counted = codes.map((code) => {
    const count = diagnostics.filter((each) => each.code === code).length;
    return count === 1 ? code : `${code} ${count}`;
  });
  return [`${file}: ${workflow ? 'valid' : 'not valid'}`, ...counted].join(', ');
}

if (files.length === 0) {
  console.warn(
    `NOT TESTED: there are no FDL files in ${folder}. Set FDL_TEST_CORPUS to a folder that has them.`,
  );
}

describe.skipIf(files.length === 0)('FDL files of other projects', () => {
  test('get the verdicts that they should', async () => {
    const lines = await Promise.all(files.sort().map(async (file) => verdict(file, await read(file))));
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
