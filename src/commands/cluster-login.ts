/** `fdl cluster login`: logging in to a cluster in a browser. */
import { FdlError } from '../errors.ts';
import { logInByCode } from '../session/clusters.ts';
import { inKeyring, newId, type StoredDocument } from './cluster.ts';
import type { Handler } from './command.ts';
import { open } from './with-cluster.ts';

interface LoginOptions {
  readonly issuer?: string;
  readonly client?: string;
  readonly scope?: string;
  /** False with --no-keyring. */
  readonly keyring?: boolean;
}

/** Shows a page and a code, waits until somebody has agreed there, and stores the refresh token. */
export const run: Handler = async (context, [given, where], options: LoginOptions) => {
  const { terminal, signal } = context;
  const clusters = await open(context);
  const id = newId(given);
  const endpoint = clusters.endpointFor(id, where === undefined ? undefined : String(where));
  const known = clusters.list().find((each) => each.id === id);
  const issuer = checkedIssuer(String(options.issuer));
  const refreshToken = await logInByCode({
    issuer,
    client: String(options.client),
    scope: String(options.scope),
    signal,
    show: ({ url, code }) => {
      terminal.note(`Open ${url} in a browser, on any machine, and enter the code ${code}`);
      terminal.note('Waiting until that is done; Ctrl-C stores nothing.');
    },
  });
  terminal.hide([refreshToken.reveal()]);
  const stored = await clusters.add({
    id,
    endpoint,
    login: { refreshToken },
    verifyTls: known?.verifyTls !== false,
    ca: known?.ca,
    check: true,
    keyring: options.keyring !== false,
  });
  const { version, file, keyring } = stored;
  if (terminal.json) terminal.data({ id, endpoint, version, file, keyring } satisfies StoredDocument);
  else
    terminal.out(
      `Logged in to cluster ${id} at ${endpoint}, OSCAR ${version}; stored in ${file}${inKeyring(keyring)}.`,
    );
  return 0;
};

/** @throws FdlError `usage` */
function checkedIssuer(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text.replace(/\/+$/, '');
  const hint = 'Write its URL, such as https://aai.egi.eu/auth/realms/egi.';
  throw new FdlError('usage', `--issuer "${text}" is no URL`, { hint, exitCode: 2 });
}
