import { describe, expect, test } from 'vitest';
import { brief, onAws, onOscar, readText, type Surroundings } from '../fdl/read-text.ts';

/** The path of the script, from the folder above both bases, and the findings. */
async function scriptOf(script: string, files: Surroundings['files'] = {}, localFiles = true) {
  const text = onOscar().replace('run.sh', script);
  const { workflow, diagnostics, folder } = await readText(text, { localFiles, files });
  const found = workflow?.steps[0]?.script;
  const path = found?.kind === 'file' ? found.path.replace(`${folder}/`, '') : undefined;
  return {
    path,
    kind: found?.kind,
    place: found?.place,
    findings: diagnostics.map(brief),
    diagnostics,
    folder,
  };
}

describe('the path of a script', () => {
  test('counts from the folder of the FDL file', async () => {
    const files = { 'flow/run.sh': '', 'work/run.sh': '' };
    expect(await scriptOf('run.sh', files)).toMatchObject({ path: 'flow/run.sh', findings: [] });
  });

  test('may lead out of that folder', async () => {
    expect(await scriptOf('../scripts/run.sh', { 'scripts/run.sh': '' })).toMatchObject({
      path: 'scripts/run.sh',
      findings: [],
    });
  });

  test('may be absolute', async () => {
    const { path, findings } = await scriptOf(import.meta.filename);
    expect(path).toBe(import.meta.filename);
    expect(findings).toEqual([]);
  });

  test('may have spaces', async () => {
    expect(await scriptOf('"my run.sh"', { 'flow/my run.sh': '' })).toMatchObject({
      path: 'flow/my run.sh',
      findings: [],
    });
  });

  test('counts from the working directory where nothing is beside the file', async () => {
    const { path, diagnostics, folder } = await scriptOf('run.sh', { 'work/run.sh': '' });
    expect(path).toBe('work/run.sh');
    expect(diagnostics).toMatchObject([
      { code: 'script-base', severity: 'warning', step: 'step', place: { line: 6, column: 15 } },
    ]);
    expect(diagnostics[0]?.message).toContain(`${folder}/work/run.sh in the working directory is taken`);
    expect(diagnostics[0]?.blocks).toBeUndefined();
  });

  test.each([
    ['nothing is there', 'run.sh', {}, 'does not exist'],
    ['a folder is there', 'run.sh', { 'flow/run.sh/x': '' }, 'is not a file'],
    ['a file is in the way', 'a/run.sh', { 'flow/a': '' }, 'does not exist'],
    ['it is too long for a name', `"${'a'.repeat(300)}"`, {}, 'is no path'],
    ['it has a null byte', '"a\\0b"', {}, 'is no path'],
  ])('is a finding where %s', async (_, script, files, reason) => {
    const { path, findings, diagnostics } = await scriptOf(script, files);
    expect(findings).toEqual(['script-not-found 6:15 any']);
    expect(diagnostics[0]?.message).toContain(reason);
    expect(path?.startsWith('flow/')).toBe(true);
  });

  test('is not looked for where that is not wanted', async () => {
    expect(await scriptOf('run.sh', {}, false)).toMatchObject({ path: 'flow/run.sh', findings: [] });
  });
});

describe('the further files of a step', () => {
  test('that are not there are a finding', async () => {
    const text = onAws('extra_payload: model');
    const { diagnostics } = await readText(text, { files: { 'flow/run.sh': '' }, localFiles: true });
    expect(diagnostics.map(brief)).toEqual(['payload-not-found 8:22 any']);
    const there = await readText(text, {
      files: { 'flow/run.sh': '', 'flow/model/x': '' },
      localFiles: true,
    });
    expect(there.workflow?.steps[0]?.payload?.path).toBe(`${there.folder}/flow/model`);
    expect(there.diagnostics).toEqual([]);
  });
});

describe('an inline script', () => {
  test.each([
    ['of several lines', '|\n        echo a\n        echo b'],
    ['that starts with #!', '"#!/bin/sh"'],
    ['of one line with a command', '|\n        echo a'],
    ['in folded style', '>\n        echo a;\n        echo b'],
  ])('%s is no path', async (_, script) => {
    expect(await scriptOf(script)).toMatchObject({ kind: 'inline', findings: [] });
  });

  test('stands where its text starts', async () => {
    const { place } = await scriptOf('|\n        echo a\n        echo b');
    expect(place).toMatchObject({ line: 7, column: 9 });
  });
});

describe('a script of a function', () => {
  test('is init_script, else run_script', async () => {
    const both = await readText(onAws('run_script: |\n  echo run\n  echo run'));
    expect(both.workflow?.steps[0]?.script).toMatchObject({ kind: 'file' });
    const one = await readText(
      onAws('run_script: |\n  echo run\n  echo run').replace('      init_script: run.sh\n', ''),
    );
    expect(one.workflow?.steps[0]?.script).toMatchObject({ kind: 'inline' });
  });

  test('is none where it is empty', async () => {
    const { workflow, diagnostics } = await readText(onAws().replace('run.sh', '" "'), { localFiles: true });
    expect(workflow?.steps[0]?.script).toBeUndefined();
    expect(diagnostics.map(brief)).toEqual(['no-script 3:5']);
  });
});
