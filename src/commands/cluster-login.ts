/** The login that a command line gives: secrets come from standard input or a prompt, never from an argument. */
import { text } from 'node:stream/consumers';
import { FdlError } from '../errors.ts';
import type { ClusterDefinition } from '../providers/oscar/clusters/definition.ts';
import { Secret } from '../secret.ts';
import { hideText } from './cluster-known.ts';
import type { CommandContext } from './command.ts';

export interface LoginOptions {
  readonly user?: string;
  readonly passwordStdin?: boolean;
  readonly tokenStdin?: boolean;
  readonly refreshTokenStdin?: boolean;
  readonly oidcAccount?: string;
}

/**
 * Reads the login.
 * @throws FdlError `login-missing`, `login-twice`, `login-empty`: exit code 2
 */
export async function readLogin(context: CommandContext, options: LoginOptions): Promise<ClusterDefinition> {
  const { user, passwordStdin, tokenStdin, refreshTokenStdin, oidcAccount } = options;
  const ways = [user !== undefined, tokenStdin, refreshTokenStdin, oidcAccount !== undefined].filter(Boolean);
  if (ways.length > 1) {
    const hint = 'Give one of --user, --token-stdin, --refresh-token-stdin and --oidc-account.';
    throw usage('login-twice', 'there is more than one way to log in', hint);
  }
  if (oidcAccount !== undefined) return { oidcAccount };
  if (tokenStdin) return { token: await fromStdin(context, 'the token') };
  if (refreshTokenStdin) return { refreshToken: await fromStdin(context, 'the refresh token') };
  if (user !== undefined) return { user, password: await passwordOf(context, user, passwordStdin === true) };
  const hint = 'Add --user NAME, --token-stdin, --refresh-token-stdin or --oidc-account NAME.';
  throw usage('login-missing', 'nothing says how to log in', hint);
}

async function passwordOf(context: CommandContext, user: string, isPiped: boolean): Promise<Secret> {
  if (isPiped) return fromStdin(context, 'the password');
  if (!context.terminal.interactive) {
    const hint = 'Add --password-stdin and send it there, as in: printenv PASSWORD | fdl cluster add …';
    throw usage('login-missing', 'there is nobody to ask for the password', hint);
  }
  return filled(context, await context.terminal.askSecret(`Password of ${user}: `), 'the password');
}

async function fromStdin(context: CommandContext, what: string): Promise<Secret> {
  return filled(context, await text(process.stdin), what);
}

/** Without the line end that most programs write. */
function filled(context: CommandContext, given: string, what: string): Secret {
  const secret = new Secret(given.replace(/\r?\n$/, ''));
  if (secret.reveal().trim() === '') throw usage('login-empty', `${what} is empty`, 'Type or send it again.');
  hideText(context, secret);
  return secret;
}

function usage(code: string, message: string, hint: string): FdlError {
  return new FdlError(code, message, { hint, exitCode: 2 });
}
