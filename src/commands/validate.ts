import { diagnosticJson, fromError, hasErrors } from '../fdl/diagnostic.ts';
import { LANGUAGE } from '../providers/language.ts';
import { countText, diagnosticText } from '../terminal/diagnostics.ts';
import { type ReadFile, readWorkflow } from '../workflow/read.ts';
import type { CommandContext, Handler } from './command.ts';
import { fileOf } from './open-session.ts';

interface Options {
  readonly strict?: boolean;
  readonly localFiles?: boolean;
}

/** Checks every file; one broken file does not keep the others from being checked. */
export const run: Handler = async (context, [files], { strict, localFiles }: Options) => {
  const { environment, workingDirectory } = context;
  let broken = false;
  const given = (files ?? []) as readonly string[];
  for (const file of given.length > 0 ? given : [fileOf(context, undefined)]) {
    const options = { language: LANGUAGE, environment, workingDirectory, strict, localFiles };
    const read = await readWorkflow(file, options).catch((thrown: unknown) => unread(file, thrown));
    context.terminal.hide(read.secrets);
    show(context, read);
    broken ||= hasErrors(read.diagnostics);
  }
  return broken ? 2 : 0;
};

function unread(file: string, thrown: unknown): ReadFile {
  return { file, diagnostics: [fromError(thrown, file)], secrets: [] };
}

function show({ terminal }: CommandContext, { file, source, diagnostics }: ReadFile): void {
  const valid = !hasErrors(diagnostics);
  if (terminal.json) {
    terminal.data({ file, valid, diagnostics: diagnostics.map(diagnosticJson) });
    return;
  }
  for (const diagnostic of diagnostics) terminal.out(diagnosticText(diagnostic, source, terminal.outStyle));
  const verdict = valid ? terminal.outStyle('green', 'valid') : terminal.outStyle('red', 'not valid');
  terminal.out(`${file}: ${verdict}${diagnostics.length > 0 ? ` (${countText(diagnostics)})` : ''}`);
}
