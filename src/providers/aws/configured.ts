/** Whether there is an account of AWS to ask when no file names one. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ProviderContext } from '../provider.ts';

/** Variables by which the chain of the AWS SDK finds credentials. */
const VARIABLES = [
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
];

/** Whether the environment or the files of the AWS command line name credentials; nothing is contacted. */
export function isConfigured({ environment }: Pick<ProviderContext, 'environment'>): boolean {
  if (VARIABLES.some((name) => environment[name])) return true;
  const folder = join(environment['HOME'] || homedir(), '.aws');
  const files = [
    environment['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials'),
    environment['AWS_CONFIG_FILE'] || join(folder, 'config'),
  ];
  return files.some((file) => existsSync(file));
}
