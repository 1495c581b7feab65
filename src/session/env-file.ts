/** Variables for `${env:NAME}` from a file: `.env` beside the workflow, or another one that is named. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { FdlError, hasCode, messageOf } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with what such a file says besides; what is set already stays, as docker compose has it. `.env` serves
 * the values of the FDL file only: logins of clouds are not taken from it.
 * @throws FdlError `env-file-not-found`, `env-file-unreadable`, `env-file-invalid`
 */
export async function withEnvFile(
  environment: Environment,
  workflow: string,
  { workingDirectory, envFile }: { readonly workingDirectory: string; readonly envFile?: string | undefined },
): Promise<Environment> {
  const beside = join(dirname(resolve(workingDirectory, workflow)), '.env');
  const path = envFile === undefined ? beside : resolve(workingDirectory, envFile);
  try {
    const text = await readFile(path, 'utf8');
    checkLines(text, path);
    return { ...parseEnv(text), ...environment };
  } catch (cause) {
    if (cause instanceof FdlError) throw cause;
    const isAbsent = hasCode(cause, 'ENOENT') || hasCode(cause, 'ENOTDIR');
    // A folder of that name is no file of variables: virtual environments of Python are often called so.
    if (envFile === undefined && (isAbsent || hasCode(cause, 'EISDIR'))) return environment;
    if (isAbsent) {
      const hint = 'Check the path after --env-file.';
      throw new FdlError('env-file-not-found', `there is no file ${envFile}`, { hint, exitCode: 2, cause });
    }
    throw new FdlError('env-file-unreadable', `${path} cannot be read: ${messageOf(cause)}`, {
      exitCode: 2,
      cause,
    });
  }
}

/**
 * A line as Node's `parseEnv` reads it: nothing, a comment, or a name and its value, which goes over several lines where it
 * is in quotes. A name alone would take the next line with it.
 */
const LINE =
  /[ \t]*(?:#[^\n]*|(?:export[ \t]+)?[A-Za-z_][\w.-]*[ \t]*=[ \t]*(?:"[^"]*"[^\n]*|'[^']*'[^\n]*|`[^`]*`[^\n]*|(?!["'`])[^\n]*))?[ \t]*(?:\r?\n|$)/y;

/** Node leaves out what it does not understand, and takes a quote that is not closed for a letter. Values may be secret. */
function checkLines(text: string, path: string): void {
  const from = text.startsWith('\uFEFF') ? 1 : 0;
  for (LINE.lastIndex = from; LINE.lastIndex < text.length; ) {
    const start = LINE.lastIndex;
    if (LINE.test(text)) continue;
    const line = text.slice(0, start).split('\n').length;
    const [name] = /^\s*(?:export\s+)?[A-Za-z_][\w.-]*(?=\s*=\s*["'`])/.exec(text.slice(start)) ?? [];
    const problem =
      name === undefined ? 'this is no NAME=value' : `the quote of ${name.trim()} is not closed`;
    throw new FdlError('env-file-invalid', `${path}:${line}: ${problem}`, {
      hint: 'Each line is NAME=value or a # comment; a value with blanks at its ends or with several lines is in quotes. --env-file names another file.',
      exitCode: 2,
    });
  }
}
