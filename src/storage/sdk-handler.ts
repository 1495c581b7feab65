/**
 * How clients of the AWS SDK send requests: by the SDK's own handler, or by undici where a proxy is in between, which the
 * SDK does not know.
 */
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { awsCertificates, certificatesWith, openAgent, proxiesOf } from '../network.ts';

/** Milliseconds. */
interface SdkTimeouts {
  readonly connect: number;
  /** For an answer, and without any byte on the connection. */
  readonly answer: number;
}

interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Readable;
}

/** Whom a client trusts. */
interface SdkTrust {
  /** False takes any certificate; true by default. */
  readonly verifyTls?: boolean | undefined;
  /** A file with certificates of the server's own authority, in PEM. */
  readonly ca?: string | undefined;
}

/** A handler for requests through the proxy of the environment; nothing where there is none. */
export function proxyHandler(timeouts: SdkTimeouts, { verifyTls = true, ca: file }: SdkTrust = {}) {
  if (!proxiesOf(process.env)) return undefined;
  const ca = certificatesWith(file) ?? awsCertificates(process.env);
  let agent: Promise<Dispatcher> | undefined;
  const open = () =>
    openAgent({
      verifyTls,
      connectTimeout: timeouts.connect,
      headersTimeout: timeouts.answer,
      bodyTimeout: timeouts.answer,
      ...(ca && { ca }),
    });
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
      agent ??= open();
      return { response: await send(await agent, request, abortSignal) };
    },
    destroy: () => void agent?.then((opened) => opened.destroy()),
    updateHttpClientConfig: () => {},
    httpHandlerConfigs: () => ({}),
  };
}

/** Certificates for the SDK's own handler. */
export function sdkAgent({ verifyTls = true, ca: file }: SdkTrust = {}): { readonly httpsAgent?: object } {
  const ca = certificatesWith(file) ?? awsCertificates(process.env);
  if (verifyTls && !ca) return {};
  return { httpsAgent: { ...(!verifyTls && { rejectUnauthorized: false }), ...(ca && { ca }) } };
}

async function send(agent: Dispatcher, request: SdkRequest, signal?: AbortSignal): Promise<SdkResponse> {
  const { method, protocol, hostname, port, path, body } = request;
  const asked = agent.request({
    origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
    path: path + queryText(request.query),
    method: method as Dispatcher.HttpMethod,
    headers: sendable(request.headers),
    body: (body ?? null) as Readable | Buffer | string | null,
    ...(signal && { signal }),
  });
  asked.catch(markMomentary);
  const { statusCode, headers, body: content } = await asked;
  content.once('error', markMomentary);
  const single = Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]);
  return { statusCode, headers: Object.fromEntries(single), body: content };
}

/**
 * Tells the SDK to try again what undici says of a connection: it was closed, which proxies do to those that are idle, or
 * nothing came in time. The SDK knows Node's own codes alone. Rule: `$retryable` in "Retryable errors" of Smithy's behavior traits.
 */
function markMomentary(thrown: unknown): void {
  const { code = '' } = thrown as { readonly code?: string };
  if (/^UND_ERR_(SOCKET|\w+_TIMEOUT)$/.test(code)) Object.assign(thrown as object, { $retryable: {} });
}

/** Without what undici writes by itself, or refuses: it does not wait for `100-continue`. */
function sendable(headers: SdkRequest['headers']): Record<string, string> {
  const own = /^(expect|transfer-encoding|connection)$/i;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.test(name)));
}

/** As the SDK writes and signs it: names in order, nothing but RFC 3986's characters. */
function queryText(query: SdkRequest['query'] = {}): string {
  const encoded = (text: string) =>
    encodeURIComponent(text).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    );
  const parts = Object.keys(query)
    .sort()
    .flatMap((name) => {
      const value = query[name];
      if (value === null || value === undefined) return [encoded(name)];
      return [value].flat().map((each) => `${encoded(name)}=${encoded(each)}`);
    });
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}
