/** What errors of the system, of connections and of the SDKs mean, in words that need no knowledge of either. */

/** The parts of such errors that tell something. */
interface Raw {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly syscall?: string;
  readonly path?: string;
  /** Where a copy or a new name was to be. */
  readonly dest?: string;
  readonly input?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly errors?: readonly unknown[];
  readonly $metadata?: { readonly httpStatusCode?: number };
}

interface Explained {
  /** Stable, for scripts: such as `file-system` */
  readonly code:
    | 'value'
    | 'file-system'
    | 'connection'
    | 'tls'
    | 'credentials'
    | 'foreign-answer'
    | 'program-missing';
  /** Part of a sentence. */
  readonly what: string;
  /** What to change. */
  readonly hint: string;
}

/** What is known of something that was thrown; nothing for what is no such error. */
export function explained(thrown: unknown): Explained | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  // Several addresses were tried: the first failure speaks for all.
  const [first] = (thrown as Raw).errors ?? [];
  const raw = { ...own(first), ...own(thrown) };
  return (
    ofSdk(raw) ?? ofValue(raw) ?? ofProgram(raw) ?? ofFile(raw) ?? ofCertificate(raw) ?? ofConnection(raw)
  );
}

/** The values that are there: neither names nor messages of errors are enumerable. */
function own(thrown: unknown): Raw {
  if (typeof thrown !== 'object' || thrown === null) return {};
  const { name, code, message, syscall, path, dest, input, address, port, hostname, $metadata } =
    thrown as Raw;
  const all = { name, code, message, syscall, path, dest, input, address, port, hostname, $metadata };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== ''));
}

function ofSdk({ name = '', message = '', $metadata }: Raw): Explained | undefined {
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    const isSso = /\bsso\b/i.test(message);
    const what = isSso ? 'the login with AWS SSO is missing or has expired' : 'no credentials were found';
    const hint = isSso
      ? 'Log in again: aws sso login.'
      : 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.';
    return { code: 'credentials', what, hint };
  }
  const region = /^Region not accepted: region="(.*?)"/.exec(message)?.[1];
  if (region !== undefined)
    return {
      code: 'connection',
      what: `"${region}" is no name of a region`,
      hint: 'Mend AWS_REGION, as in eu-west-1.',
    };
  const status = $metadata?.httpStatusCode;
  const between = 'Check the address: something else answers there, such as a proxy or a login page.';
  if (/Deserialization error/.test(message))
    return { code: 'foreign-answer', what: 'the answer is not one of this service', hint: between };
  if (status !== undefined && /^(Unknown|UnknownError)?$/.test(message))
    return {
      code: 'foreign-answer',
      what: `the answer has the HTTP status ${status} and says no more`,
      hint: between,
    };
  return undefined;
}

/** Node's own message has the value itself. */
function ofValue({ code, message = '' }: Raw): Explained | undefined {
  if (code !== 'ERR_INVALID_ARG_VALUE' || !message.includes('null bytes')) return undefined;
  const name = /^The property 'options\.env\['(.*?)'\]'/.exec(message)?.[1];
  const what = `${name === undefined ? 'a value' : `the variable "${name}"`} has a NUL character`;
  return { code: 'value', what, hint: 'Remove it: no program and no file can be given one.' };
}

function ofProgram({ code, syscall = '', path }: Raw): Explained | undefined {
  if (code !== 'ENOENT' || !syscall.startsWith('spawn') || path === undefined) return undefined;
  const hint = 'Install it, or add its folder to PATH.';
  return { code: 'program-missing', what: `there is no program "${path}" here (ENOENT)`, hint };
}

const FILES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EACCES: [
    'permission denied for FILE',
    'Give yourself the right to it, or use another place; for the local state: FDL_HOME.',
  ],
  EPERM: [
    'permission denied for FILE',
    'Give yourself the right to it, or use another place; for the local state: FDL_HOME.',
  ],
  EROFS: ['FILE is on a file system that is read-only', 'Use another place; for the local state: FDL_HOME.'],
  ENOSPC: [
    'no space is left on the disk for FILE',
    'Make room, or use another disk; for the local state: FDL_HOME.',
  ],
  EDQUOT: [
    'your share of the disk is used up by FILE',
    'Make room, or use another disk; for the local state: FDL_HOME.',
  ],
  ENOENT: ['there is no FILE', 'Check the path.'],
  ENOTDIR: ['a part of FILE is a file where a folder is meant', 'Check the path.'],
  EISDIR: ['FILE is a folder where a file is meant', 'Check the path.'],
  EEXIST: ['FILE exists already', 'Move it away, or use another name.'],
  ENOTEMPTY: ['FILE is not empty', 'Move away what is in it.'],
  ENAMETOOLONG: ['the name FILE is too long', 'Use a shorter one.'],
  ELOOP: ['FILE is a link that leads to itself', 'Mend the link.'],
  EBUSY: ['FILE is in use', 'End what uses it, and do the same again.'],
  EMFILE: ['too many files are open', 'Raise the limit: ulimit -n 4096.'],
  ENFILE: ['too many files are open on this machine', 'End other programs, and do the same again.'],
};

/** Codes that tell of the disk that is written to, where a file is copied from one to another. */
const OF_TARGET = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

function ofFile({ code = '', syscall, path: source, dest, message = '' }: Raw): Explained | undefined {
  const known = FILES[code];
  if (!known || syscall === undefined) return undefined;
  if (/uv_cwd/.test(message) || syscall === 'uv_cwd')
    return { code: 'file-system', what: 'the working directory is gone', hint: 'Change to one that exists.' };
  const [what, hint] = known;
  const path = OF_TARGET.has(code) ? (dest ?? source) : source;
  const file = path === undefined ? 'a file' : `"${path}"`;
  return { code: 'file-system', what: `${what.replace('FILE', file)} (${code})`, hint };
}

const CERTIFICATES: readonly (readonly [code: RegExp, what: string])[] = [
  [/SELF_SIGNED/, 'its certificate is self-signed, and not trusted here'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^CERT_NOT_YET_VALID$/, 'its certificate is not valid yet'],
  [/ALTNAME|HOSTNAME/, 'its certificate is for another name'],
  [/^(CERT_|UNABLE_TO_)/, 'its certificate cannot be verified'],
];

function ofCertificate({ code = '' }: Raw): Explained | undefined {
  const [, what] = CERTIFICATES.find(([pattern]) => pattern.test(code)) ?? [];
  const hint = 'Name the file of its authority in NODE_EXTRA_CA_CERTS.';
  return what === undefined ? undefined : { code: 'tls', what: `${what} (${code})`, hint };
}

const CONNECTIONS: readonly (readonly [code: RegExp, what: string])[] = [
  [/^ECONNREFUSED$/, 'HOST refuses the connection'],
  [/^ENOTFOUND$/, 'the name HOST is unknown'],
  [/^EAI_AGAIN$/, 'the name HOST cannot be looked up at the moment'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'no way leads to HOST'],
  [/^(ETIMEDOUT|UND_ERR_.*_TIMEOUT|TimeoutError)$/, 'no answer came in time'],
  [
    /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|ERR_STREAM_PREMATURE_CLOSE)$/,
    'the connection was closed before the answer was complete',
  ],
  [/^(EPROTO|ERR_SSL_.*)$/, 'TLS cannot be spoken with it'],
  [/^HPE_/, 'the answer is no HTTP'],
];

function ofConnection(raw: Raw): Explained | undefined {
  const { code = '', name = '', message = '', input } = raw;
  if (code === 'ERR_INVALID_URL' || message === 'Invalid URL') {
    const what = input === undefined ? 'an address is no URL' : `"${input}" is no URL`;
    return { code: 'connection', what, hint: 'Write addresses as in https://example.org:9000.' };
  }
  const refused = /^Proxy response \((\d+)\)/.exec(message)?.[1];
  if (refused === '407' || refused === '401') {
    const hint = 'Write its login into HTTPS_PROXY, as in http://user:password@proxy.example.org:3128.';
    return { code: 'connection', what: `the proxy asks for a login (${refused})`, hint };
  }
  if (refused !== undefined) {
    const hint = 'Ask whoever runs the proxy, or name the host in NO_PROXY.';
    return { code: 'connection', what: `the proxy does not let this through (${refused})`, hint };
  }
  // The SDK of AWS calls much a timeout by name; the code says what it was.
  const said = code || name;
  const [, what] = CONNECTIONS.find(([pattern]) => pattern.test(said)) ?? [];
  if (what === undefined) return undefined;
  const sentence = `${what.replace('HOST', hostOf(raw))} (${said})`;
  if (/wrong version number|packet length|WRONG_VERSION_NUMBER|PACKET_LENGTH/.test(`${message} ${code}`))
    return {
      code: 'tls',
      what: sentence,
      hint: 'It probably speaks plain HTTP: write http:// in its address.',
    };
  return { code: 'connection', what: sentence, hint: 'Check the address and the network.' };
}

function hostOf({ hostname, address, port }: Raw): string {
  if (hostname !== undefined) return hostname;
  if (address === undefined) return 'the server';
  const host = address.includes(':') ? `[${address}]` : address;
  return port === undefined ? host : `${host}:${port}`;
}
