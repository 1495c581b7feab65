/**
 * How this machine reaches others: through a proxy where `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say so, in capitals or
 * not. What is loaded for that is loaded with the first request.
 */
import { readFileSync } from 'node:fs';
import type { Dispatcher } from 'undici';
import { FdlError } from './errors.ts';
import { hideLogin } from './secret.ts';
import { explained } from './system-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables in force; texts are URLs. Small letters count first, as with curl. */
interface Proxies {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly except: string;
}

/** Nothing where no proxy is named. @throws FdlError `proxy-invalid` */
export function proxiesOf(environment: Environment): Proxies | undefined {
  const named = (name: string) => {
    const text = environment[name] || environment[name.toUpperCase()];
    return text ? proxyUrl(name.toUpperCase(), text) : undefined;
  };
  const http = named('http_proxy');
  const https = named('https_proxy') ?? http;
  if (http === undefined && https === undefined) return undefined;
  return { http, https, except: environment['no_proxy'] ?? environment['NO_PROXY'] ?? '' };
}

/** A proxy may be named without its scheme, as with curl. Its password is hidden from now on. */
function proxyUrl(variable: string, text: string): string {
  const full = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  // The text may hold a password, so that it is not shown.
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new FdlError('proxy-invalid', `${variable} is no address of a proxy`, {
      hint: `Write it as in ${variable}=http://proxy.example.org:3128.`,
    });
  }
  if (url.password) hideLogin(decodeURIComponent(url.username), decodeURIComponent(url.password));
  return url.href;
}

/** Whether requests to a URL go through a proxy: not to the hosts of `NO_PROXY` and what is below them. */
export function isProxied(target: string, environment: Environment = process.env): boolean {
  const proxies = proxiesOf(environment);
  if (!proxies || !URL.canParse(target)) return false;
  const { protocol, hostname, port } = new URL(target);
  if (!(protocol === 'https:' ? proxies.https : proxies.http)) return false;
  const host = hostname.toLowerCase();
  const at = port || (protocol === 'https:' ? '443' : '80');
  if (proxies.except.trim() === '*') return false;
  return !proxies.except.split(/[,\s]+/).some((entry) => {
    const [, name = '', only] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    return name !== '' && (!only || only === at) && (host === name || host.endsWith(`.${name}`));
  });
}

interface AgentOptions {
  /** Milliseconds until a connection must be there. */
  readonly connectTimeout?: number | undefined;
  /** False takes any certificate. */
  readonly verifyTls?: boolean | undefined;
  /** Certificates to trust, in PEM, instead of those of Node. */
  readonly ca?: string | readonly string[] | undefined;
  /** Milliseconds until an answer starts, and between two pieces of it. */
  readonly headersTimeout?: number | undefined;
  readonly bodyTimeout?: number | undefined;
}

/**
 * Connections that are kept open and used again; `destroy` ends them.
 * Rejects with FdlError `proxy-invalid`.
 */
export async function openAgent(options: AgentOptions = {}): Promise<Dispatcher> {
  const { connectTimeout, verifyTls = true, ca, headersTimeout, bodyTimeout } = options;
  const timeouts = {
    ...(headersTimeout !== undefined && { headersTimeout }),
    ...(bodyTimeout !== undefined && { bodyTimeout }),
  };
  const patience = connectTimeout === undefined ? {} : { timeout: connectTimeout };
  const tls = {
    ...patience,
    ...(!verifyTls && { rejectUnauthorized: false }),
    ...(ca !== undefined && { ca: typeof ca === 'string' ? ca : [...ca] }),
  };
  const proxies = proxiesOf(process.env);
  const { Agent, EnvHttpProxyAgent } = await import('./undici.ts');
  if (!proxies) return new Agent({ ...timeouts, connect: tls });
  return new EnvHttpProxyAgent({
    ...timeouts,
    httpProxy: proxies.http ?? '',
    httpsProxy: proxies.https ?? '',
    noProxy: proxies.except,
    connect: tls,
    requestTls: tls,
    // Proxies let tunnels through to ports of TLS, as a rule.
    proxyTunnel: false,
  });
}

/** Statuses by which proxies say that nobody is there. */
const NOBODY = [502, 503, 504];

/** Whether somebody is there behind a proxy, which only an answer shows. Milliseconds until then. */
export async function answersProxied(
  endpoint: string,
  timeout: number,
  signal: AbortSignal,
): Promise<boolean> {
  const agent = await openAgent({ connectTimeout: timeout, headersTimeout: timeout, verifyTls: false });
  try {
    const { origin } = new URL(endpoint);
    const { statusCode, body } = await agent.request({ origin, path: '/', method: 'HEAD', signal });
    await body.dump();
    return !NOBODY.includes(statusCode);
  } catch {
    return false;
  } finally {
    await agent.destroy();
  }
}

/**
 * Certificates that clients of AWS trust besides the usual ones: those of the file that `AWS_CA_BUNDLE` names, as with the
 * command line of AWS. Nothing where it names none; Node itself takes `NODE_EXTRA_CA_CERTS`.
 * @throws FdlError `ca-unreadable`
 */
export function awsCertificates(environment: Environment): readonly string[] | undefined {
  const bundle = environment['AWS_CA_BUNDLE'];
  return bundle ? [...usualCertificates(environment), readPem('AWS_CA_BUNDLE', bundle)] : undefined;
}

/**
 * Certificates that a client of one server trusts: the usual ones and those of a file, which the setting `ssl_ca` names.
 * Nothing where it names none. @throws FdlError `ca-unreadable`
 */
export function certificatesWith(file: string | undefined): readonly string[] | undefined {
  return file === undefined ? undefined : [...usualCertificates(process.env), readPem('ssl_ca', file)];
}

function usualCertificates(environment: Environment): readonly string[] {
  const extra = environment['NODE_EXTRA_CA_CERTS'];
  const own = extra ? [readPem('NODE_EXTRA_CA_CERTS', extra)] : [];
  return [...process.getBuiltinModule('node:tls').rootCertificates, ...own];
}

function readPem(setting: string, path: string): string {
  const unusable = (why: string, cause?: unknown) =>
    new FdlError('ca-unreadable', `${setting} names ${path}: ${why}`, {
      hint: `Name a file with certificates in PEM, or leave ${setting} out.`,
      cause,
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw unusable(explained(cause)?.what ?? 'it cannot be read', cause);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw unusable('it has no certificate');
  return text;
}
