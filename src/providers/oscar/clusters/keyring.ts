/**
 * The secret of a stored login in the keyring of the system: that of the desktop on Linux (`secret-tool` of libsecret, which
 * GNOME Keyring, KWallet and KeePassXC answer), the keychain on macOS (`security`). A program is called, since a library would
 * be a binary for each system; secrets go over its standard input, never onto a command line.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { FdlError } from '../../../errors.ts';
import { reveal, Secret } from '../../../secret.ts';
import type { ClusterDefinition, Environment } from './definition.ts';

/** Fields of a definition that are secrets, by what entries of the configuration call them. */
const FIELDS = { auth_password: 'password', token: 'token', refresh_token: 'refreshToken' } as const;
type FieldName = keyof typeof FIELDS;

/** Whose secret it is: that of a cluster at this very endpoint, so that a changed file sends it nowhere else. */
interface Owner {
  readonly id: string;
  readonly endpoint: string;
}

/** A call of the program that speaks to the keyring: its arguments and what it reads. */
interface Call {
  readonly program: string;
  readonly args: readonly string[];
  readonly input?: string;
}

interface Calls {
  readonly store: (owner: Owner, secret: string) => Call;
  readonly lookup: (owner: Owner) => Call;
  readonly remove: (owner: Owner) => Call;
  readonly decode: (output: string) => string;
}

const attributes = ({ id, endpoint }: Owner) => ['application', 'fdl', 'cluster', id, 'endpoint', endpoint];

/** Rule: secret-tool(1). */
const LIBSECRET: Calls = {
  store: (owner, input) => ({
    program: 'secret-tool',
    args: ['store', `--label=fdl: cluster ${owner.id}`, ...attributes(owner)],
    input,
  }),
  lookup: (owner) => ({ program: 'secret-tool', args: ['lookup', ...attributes(owner)] }),
  remove: (owner) => ({ program: 'secret-tool', args: ['clear', ...attributes(owner)] }),
  decode: (output) => output,
};

/**
 * Rule: security(1). With `-i` it reads the command itself, so that the secret is on no command line; in base64, which needs no
 * quotes, and which it prints as it is.
 */
const KEYCHAIN: Calls = {
  store: (owner, secret) => ({
    program: 'security',
    args: ['-i'],
    input: `add-generic-password -U -s fdl -a "${account(owner)}" -w ${Buffer.from(secret).toString('base64')}\n`,
  }),
  lookup: (owner) => ({
    program: 'security',
    args: ['find-generic-password', '-s', 'fdl', '-a', account(owner), '-w'],
  }),
  remove: (owner) => ({
    program: 'security',
    args: ['delete-generic-password', '-s', 'fdl', '-a', account(owner)],
  }),
  decode: (output) => Buffer.from(output.trim(), 'base64').toString('utf8'),
};

/** An id has no blanks, and a URL neither blanks nor quotes. */
function account({ id, endpoint }: Owner): string {
  return `${id} ${new URL(endpoint).href}`;
}

/** What speaks to the keyring of this machine, as far as one can be there. */
function callsOf(environment: Environment): Calls | undefined {
  if (process.platform === 'darwin') return KEYCHAIN;
  const { DBUS_SESSION_BUS_ADDRESS: bus, XDG_RUNTIME_DIR: folder } = environment;
  return bus || (folder && existsSync(path.join(folder, 'bus'))) ? LIBSECRET : undefined;
}

const NO_SESSION = 'there is no session of a desktop here';
/** What is said of programs that say nothing where nothing is kept. */
const NONE = 'it has none';
/** Milliseconds: somebody may have to unlock it. */
const PATIENCE = 120_000;

type Answer = { readonly output: string } | { readonly why: string; readonly isMissing: boolean };

function ask({ program, args, input }: Call, environment: Environment): Answer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    env: environment as NodeJS.ProcessEnv,
    encoding: 'utf8',
    timeout: PATIENCE,
    ...(input === undefined ? { stdio: ['ignore', 'pipe', 'pipe'] } : { input }),
  });
  if (!error && status === 0) return { output: stdout };
  const isMissing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
  const said = (stderr ?? '').trim().split('\n').at(-1) ?? '';
  return { why: isMissing ? `there is no ${program}` : said || error?.message || NONE, isMissing };
}

interface Keeping {
  /** The definition as the configuration is to have it. */
  readonly definition: ClusterDefinition;
  /** Why the keyring that is there does not take it; nothing where none is. */
  readonly problem?: string | undefined;
}

/** Puts the secret of a login into the keyring, if there is one that takes it. */
export function keep(id: string, definition: ClusterDefinition, environment: Environment): Keeping {
  const calls = callsOf(environment);
  const { endpoint } = definition;
  const [name] = (Object.keys(FIELDS) as FieldName[]).filter(
    (each) => definition[FIELDS[each]] !== undefined,
  );
  const secret = name && definition[FIELDS[name]];
  if (!calls || endpoint === undefined || secret === undefined) return { definition };
  const owner = { id, endpoint };
  const answer = ask(calls.store(owner, reveal(secret)), environment);
  if ('why' in answer) return { definition, problem: answer.isMissing ? undefined : answer.why };
  // What says that it has it, and does not, would be a login that is lost.
  const again = ask(calls.lookup(owner), environment);
  if ('why' in again || calls.decode(again.output) !== reveal(secret))
    return { definition, problem: 'it does not give back what it took' };
  return { definition: { ...definition, keyring: name } };
}

/** A definition whose secret is in the keyring, which is asked for it once it is needed. */
export function withKept(
  id: string,
  definition: ClusterDefinition,
  name: unknown,
  environment: Environment,
): ClusterDefinition {
  const { endpoint } = definition;
  if (typeof name !== 'string' || !Object.hasOwn(FIELDS, name) || endpoint === undefined) return definition;
  const secret = new Secret(() => lookUp({ id, endpoint }, environment));
  return { ...definition, [FIELDS[name as FieldName]]: secret, keyring: name as FieldName };
}

/** @throws FdlError `keyring-failed` */
function lookUp(owner: Owner, environment: Environment): string {
  const calls = callsOf(environment);
  const answer = calls && ask(calls.lookup(owner), environment);
  if (answer && 'output' in answer) return calls.decode(answer.output);
  const why = answer?.why ?? NO_SESSION;
  throw new FdlError(
    'keyring-failed',
    `the login of the cluster "${owner.id}" is in the keyring of the system, which does not give it: ${why}`,
    {
      hint: `Unlock it, or store the login in a file that nobody else may read: fdl cluster add ${owner.id} --no-keyring.`,
    },
  );
}

/** Removes what was kept, if it is there; answers as a clause why it may still be there. */
export function forget(
  id: string,
  { endpoint, keyring }: ClusterDefinition,
  environment: Environment,
): string | undefined {
  if (keyring === undefined || endpoint === undefined) return undefined;
  const calls = callsOf(environment);
  if (!calls) return NO_SESSION;
  const answer = ask(calls.lookup({ id, endpoint }), environment);
  if ('why' in answer) return answer.why === NONE ? undefined : answer.why;
  const removed = ask(calls.remove({ id, endpoint }), environment);
  return 'why' in removed ? removed.why : undefined;
}
