/**
 * Asks programs that keep passwords for Docker. Rule: https://github.com/docker/docker-credential-helpers (the host is
 * written to the standard input of `docker-credential-NAME get`, JSON comes back).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { hasCode, messageOf } from '../../errors.ts';
import { hideCredentials, hideLogin, Secret } from '../../secret.ts';
import type { Found } from './credentials.ts';

/** Milliseconds: a helper may ask a network service, but nobody. */
const TIMEOUT = 30_000;

/** What the helper of this name has for a server; never rejects. */
export async function askHelper(name: string, server: string, env: NodeJS.ProcessEnv): Promise<Found> {
  const program = `docker-credential-${name}`;
  // A name with a slash would start any program at all.
  if (!/^[\w.-]+$/.test(name)) return { problem: `"${name}" is no name of a credential helper` };
  try {
    const { code, output } = await run(program, server, env);
    if (code === 0) return { credentials: readAnswer(output) };
    if (/credentials not found/i.test(output)) return {};
    return { problem: `${program} failed: ${output.trim().split('\n')[0] || `exit code ${code}`}` };
  } catch (error) {
    if (hasCode(error, 'ENOENT'))
      return { problem: `${program}, which Docker's configuration names, is not here` };
    return { problem: `${program} failed: ${messageOf(error)}` };
  }
}

async function run(program: string, server: string, env: NodeJS.ProcessEnv) {
  const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT });
  // A helper that ends without reading breaks the pipe; its exit code says more.
  child.stdin.on('error', () => undefined);
  child.stdin.end(server);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: code as number | null, output };
}

function readAnswer(output: string): Found['credentials'] {
  let answer: { Username?: unknown; Secret?: unknown };
  try {
    answer = JSON.parse(output);
  } catch {
    // The parser's message would quote the secret.
    throw new Error('its answer is not JSON');
  }
  if (typeof answer.Secret !== 'string' || answer.Secret === '') return undefined;
  const secret = new Secret(answer.Secret);
  // This user name says that the secret is a refresh token.
  hideCredentials(secret);
  if (answer.Username === '<token>') return { kind: 'identity', token: secret };
  const username = String(answer.Username ?? '');
  hideLogin(username, secret);
  return { kind: 'password', username, password: secret };
}
