/** Variables for `${env:NAME}` from a file: `.env` beside the workflow, or another one that is named. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { FdlError, hasCode, messageOf } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with what such a file says besides; what is set already stays, as docker compose has it. `.env` serves
 * the values of the FDL file only: logins of clouds are not taken from it.
 * @throws FdlError `env-file-not-found`, `env-file-unreadable`
 */
export async function withEnvFile(
  environment: Environment,
  workflow: string,
  { workingDirectory, envFile }: { readonly workingDirectory: string; readonly envFile?: string | undefined },
): Promise<Environment> {
  const beside = join(dirname(resolve(workingDirectory, workflow)), '.env');
  const path = envFile === undefined ? beside : resolve(workingDirectory, envFile);
  try {
    return { ...parseEnv(await readFile(path, 'utf8')), ...environment };
  } catch (cause) {
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
