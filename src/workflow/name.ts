/** What a workflow is called. */
import { basename, dirname, extname, resolve } from 'node:path';
import { unsetIn } from '../unset.ts';

/** Names stand in tags of AWS, whose values may have 256 characters. */
const LONGEST = 128;

/** File names that say nothing: the folder's name counts instead. */
const GENERIC = new Set(['workflow', 'fdl', 'index']);

/**
 * The name given on the command line, else the file's own `name`, else the stem of the file or, where that says
 * nothing, the name of its folder; with characters that names of clouds and folders lack replaced by `-`. A reference whose
 * value is not known stays as it is: the name of another workflow must not come of it.
 */
export function workflowName(file: string, declared: string | undefined, given?: string): string {
  const stem = basename(file, extname(file));
  const folder = basename(dirname(resolve(file)));
  const chosen = given || declared || (GENERIC.has(stem.toLowerCase()) && folder ? folder : stem);
  if (unsetIn(chosen) !== undefined) return chosen;
  return (
    chosen
      .trim()
      .slice(0, LONGEST)
      .replace(/[^A-Za-z0-9_-]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'workflow'
  );
}
