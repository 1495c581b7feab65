/** What a command says of the file that it reads. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { hasErrors, strict } from '../../src/fdl/diagnostic.ts';
import { LANGUAGE } from '../../src/providers/language.ts';
import type { SessionEvent } from '../../src/session/events.ts';
import { readFile } from '../../src/session/read-file.ts';
import type { Settings } from '../../src/session/settings.ts';
import { readWorkflow } from '../../src/workflow/read.ts';

const step = (name: string, more = '') =>
  `  - lab: {name: ${name}, image: busybox, script: run.sh, input: [{storage_provider: minio, path: ${name}/in}]${more}}\n`;

function written(...steps: readonly string[]): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'fdl-read-'));
  writeFileSync(path.join(folder, 'run.sh'), '#!/bin/sh\n');
  const file = path.join(folder, 'workflow.yaml');
  writeFileSync(file, `functions:\n  oscar:\n${steps.join('')}`);
  return file;
}

async function said(file: string): Promise<readonly string[]> {
  const codes: string[] = [];
  const settings = {
    environment: {},
    workingDirectory: path.dirname(file),
    target: 'cloud',
    hide: () => undefined,
    emit: (event: SessionEvent) => {
      if (event.type === 'diagnostics') codes.push(...event.diagnostics.map(({ code }) => code));
    },
  } as unknown as Settings;
  await readFile(file, settings, { name: undefined, purpose: 'deploy' });
  return codes;
}

it('says nothing of several ways in, which are right as they stand', async () => {
  const file = written(step('one'), step('two'));
  expect(await said(file)).toEqual([]);
  const { diagnostics } = await readWorkflow(file, {
    language: LANGUAGE,
    environment: {},
    workingDirectory: path.dirname(file),
    name: undefined,
  });
  expect(diagnostics.map(({ code }) => code)).toEqual(['unfed-step']);
  expect(hasErrors(strict(diagnostics))).toBe(false);
});

it('says what has no effect', async () => {
  expect(await said(written(step('one', ', colour: red')))).toEqual(['unknown-key']);
});
