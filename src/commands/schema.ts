import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FdlError } from '../errors.ts';
import type { Handler } from './command.ts';
import { fileOf } from './open-session.ts';

/** Prints the JSON Schema of the language, or makes editors use it for a file. */
export const run: Handler = async (context, [given], options: { readonly modeline?: boolean }) => {
  const { terminal, workingDirectory } = context;
  if (given === undefined && !options.modeline) {
    terminal.content(schemaBytes());
    return 0;
  }
  const file = fileOf(context, given);
  const schema = fitSchema(resolve(workingDirectory, file));
  if (terminal.json) terminal.data({ file, schema });
  terminal.out(
    `${file} names ${schema}, which lies beside it. Commit both: editors of your colleagues find it, too.`,
  );
  return 0;
};

/** The name of the schema beside a workflow. */
const SCHEMA_FILE = 'fdl.schema.json';

/** The line by which editors find a schema: a relative path counts from the file. */
const MODELINE = /^# yaml-language-server: *\$schema=.*$/m;

/**
 * Writes the schema beside a file, and the line by which editors find it at its top, in place of another one. Answers the
 * name of the schema. A path of this installation would lead nowhere on other machines.
 * @throws FdlError `file-not-found`
 */
export function fitSchema(path: string): string {
  if (!existsSync(path)) {
    throw new FdlError('file-not-found', `there is no file ${path}`, {
      hint: 'Check the path, or let `fdl init` write a workflow.',
      exitCode: 2,
    });
  }
  const line = `# yaml-language-server: $schema=${SCHEMA_FILE}`;
  const text = readFileSync(path, 'utf8');
  writeFileSync(join(dirname(path), SCHEMA_FILE), schemaBytes());
  writeFileSync(path, MODELINE.test(text) ? text.replace(MODELINE, () => line) : `${line}\n${text}`);
  return SCHEMA_FILE;
}

/** @throws FdlError `schema-missing` */
function schemaBytes(): Uint8Array {
  // From the built program and from the sources alike.
  const candidates = ['../schemas', '../../schemas', '../../../schemas'];
  const paths = candidates.map((each) => fileURLToPath(new URL(`${each}/${SCHEMA_FILE}`, import.meta.url)));
  const found = paths.find((each) => existsSync(each));
  if (found) return readFileSync(found);
  throw new FdlError('schema-missing', 'the schema of this installation is missing', {
    hint: 'Install fdl again.',
  });
}
