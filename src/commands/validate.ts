import { hasErrors } from '../fdl/diagnostic.ts';
import { countText, diagnosticJson, diagnosticText } from '../terminal/diagnostics.ts';
import { type ReadFile, readWorkflow } from '../workflow/read.ts';
import type { CommandContext, Handler } from './command.ts';

interface Options {
  readonly strict?: boolean;
  readonly localFiles?: boolean;
}

/** Checks every file; one broken file does not keep the others from being checked. */
export const run: Handler = async (context, [files], options) => {
  const { strict, localFiles }: Options = options;
  const { environment, workingDirectory } = context;
  let broken = false;
  for (const file of files as readonly string[]) {
    const read = await readWorkflow(file, { environment, workingDirectory, strict, localFiles });
    context.terminal.hide(read.secrets);
    show(context, read);
    broken ||= hasErrors(read.diagnostics);
  }
  return broken ? 2 : 0;
};

function show({ terminal }: CommandContext, { file, source, diagnostics }: ReadFile): void {
  const valid = !hasErrors(diagnostics);
  if (terminal.json) {
    terminal.data({ file, valid, diagnostics: diagnostics.map(diagnosticJson) });
    return;
  }
  for (const diagnostic of diagnostics)
    terminal.out(terminal.mask(diagnosticText(diagnostic, source, terminal.outStyle)));
  const verdict = valid ? terminal.outStyle('green', 'valid') : terminal.outStyle('red', 'not valid');
  terminal.out(`${file}: ${verdict}${diagnostics.length > 0 ? ` (${countText(diagnostics)})` : ''}`);
}
