/** The scripts of steps, as providers take them along. */
import { readFileSync } from 'node:fs';
import { FdlError, messageOf } from '../errors.ts';
import type { Script } from '../workflow/model.ts';

/** The text of a script, byte for byte. @throws FdlError `script-unreadable` */
export function readScript(script: Script): Buffer {
  if (script.kind === 'inline') return Buffer.from(script.text);
  try {
    return readFileSync(script.path);
  } catch (cause) {
    throw new FdlError('script-unreadable', `the script ${script.path} cannot be read: ${messageOf(cause)}`, {
      hint: 'Check that the script exists and can be read.',
      place: script.place,
      cause,
    });
  }
}

/** How many lines a script has; nothing where it cannot be read, which others say. */
export function scriptLines(script: Script): number | undefined {
  return scriptBytes(script)?.toString().trimEnd().split('\n').length;
}

/** The text of a script; nothing where it cannot be read, which others say. */
export function scriptBytes(script: Script): Buffer | undefined {
  try {
    return readScript(script);
  } catch {
    return undefined;
  }
}
