/** Where steps run, by what whoever calls says. */
import { FdlError } from '../errors.ts';

/** Where steps run: where the file says, or all of them on this machine. */
export type Target = 'cloud' | 'local';

/**
 * Where steps run by what `FDL_TARGET` says; an empty value says nothing.
 * @throws FdlError `unknown-target`
 */
export function targetOf(environment: Readonly<Record<string, string | undefined>>): Target {
  const value = environment['FDL_TARGET'] || 'cloud';
  if (value === 'local' || value === 'cloud') return value;
  throw new FdlError(
    'unknown-target',
    `FDL_TARGET is ${JSON.stringify(value)}, which is no place for steps`,
    {
      hint: 'Set it to "local" for this machine or to "cloud" for where the file says, or unset it.',
      exitCode: 2,
    },
  );
}
