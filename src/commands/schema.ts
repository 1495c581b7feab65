import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FdlError } from '../errors.ts';
import type { Handler } from './command.ts';
import { fileOf } from './open-session.ts';

interface Options {
  readonly modeline?: boolean;
  readonly documents?: boolean;
}

/** What `--json` prints of a file that names its schema. */
export interface FittedDocument {
  readonly file: string;
  readonly schema: string;
}

/** Prints the JSON Schema of the language or of what commands print, or makes editors use the former for a file. */
export const run: Handler = async (context, [given], { modeline, documents }: Options) => {
  const { terminal, workingDirectory } = context;
  if (documents || (given === undefined && !modeline)) {
    const bytes = schemaBytes(documents ? DOCUMENTS_FILE : SCHEMA_FILE);
    if (terminal.json) terminal.data(JSON.parse(bytes.toString('utf8')));
    else terminal.content(bytes);
    return 0;
  }
  const file = fileOf(context, given);
  const schema = fitSchema(resolve(workingDirectory, file));
  if (terminal.json) terminal.data({ file, schema } satisfies FittedDocument);
  terminal.out(
    `${file} names ${schema}, which lies beside it. Commit both: editors of your colleagues find it, too.`,
  );
  return 0;
};

/** The name of the schema beside a workflow. */
const SCHEMA_FILE = 'fdl.schema.json';

/** The schemas of what commands print with `--json`. */
const DOCUMENTS_FILE = 'fdl-output.schema.json';

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
  writeFileSync(join(dirname(path), SCHEMA_FILE), schemaBytes(SCHEMA_FILE));
  writeFileSync(path, MODELINE.test(text) ? text.replace(MODELINE, () => line) : `${line}\n${text}`);
  return SCHEMA_FILE;
}

/** @throws FdlError `schema-missing` */
function schemaBytes(name: string): Buffer {
  // From the built program and from the sources alike.
  const candidates = ['../schemas', '../../schemas', '../../../schemas'];
  const paths = candidates.map((each) => fileURLToPath(new URL(`${each}/${name}`, import.meta.url)));
  const found = paths.find((each) => existsSync(each));
  if (found) return readFileSync(found);
  throw new FdlError('schema-missing', 'the schema of this installation is missing', {
    hint: 'Install fdl again.',
  });
}
