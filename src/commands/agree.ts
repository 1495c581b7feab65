import { FdlError } from '../errors.ts';
import type { Terminal } from '../terminal/terminal.ts';

/**
 * Asks before something is lost; where nobody can answer, only `--yes` is a yes.
 * @throws FdlError `not-confirmed`
 */
export async function agree(
  terminal: Pick<Terminal, 'interactive' | 'confirm'>,
  question: string,
  yes: boolean | undefined,
): Promise<void> {
  if (yes) return;
  if (!terminal.interactive) {
    const hint = 'Add --yes to do this without a question.';
    throw new FdlError('not-confirmed', 'nothing was changed: there is nobody to ask', { hint, exitCode: 2 });
  }
  if (!(await terminal.confirm(question))) throw new FdlError('not-confirmed', 'nothing was changed');
}
