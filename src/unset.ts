/**
 * Values that nobody has given: a text keeps its `${env:NAME}` or `${param:NAME}` then, so that a workflow can be looked
 * at and removed, and only what needs the value fails.
 */
import { FdlError } from './errors.ts';
import { reveal, type Text } from './secret.ts';

const UNSET = /\$\{(?:env:[^}:\s]+|param:[A-Za-z_][A-Za-z0-9_-]*)\}/;

/** The first reference in a text whose value is not known. */
export function unsetIn(text: Text | undefined): string | undefined {
  return text === undefined ? undefined : UNSET.exec(reveal(text))?.[0];
}

/**
 * Makes sure that a value is known before it is used. `what` names it for people, as in `the region of "step"`.
 * @throws FdlError `value-unset`
 */
export function needValue(text: Text | undefined, what: string): void {
  const reference = unsetIn(text);
  if (reference !== undefined) throw valueUnset(reference, what);
}

/** The error for work that needs a value which is not known. */
export function valueUnset(reference: string, what: string): FdlError {
  const [, kind, name] = /^\$\{(env|param):(.*)\}$/.exec(reference) ?? [];
  const hint =
    kind === 'param'
      ? `Give it with --param ${name}=VALUE, or in a file with --params FILE.`
      : `Set the variable ${name}, or write it into .env beside the file, or a file that --env-file names.`;
  return new FdlError('value-unset', `${what} is not known: ${reference} has no value`, {
    hint,
    exitCode: 2,
  });
}
