/**
 * Accounts of Azure Storage, and how requests to them are signed.
 * Rules: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key,
 * https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string
 */
import { createHmac } from 'node:crypto';
import { FdlError } from '../../errors.ts';
import { decodeBase64 } from '../../json.ts';
import { hideCredentials } from '../../secret.ts';
import { serverUrl } from '../http-path.ts';

/** What a file says of an account. */
export interface AzureFields {
  readonly account?: string | undefined;
  readonly account_key?: string | undefined;
  readonly sas_token?: string | undefined;
  readonly connection_string?: string | undefined;
  readonly endpoint?: string | undefined;
}

export interface AzureAccount {
  /** URL of the blob service, without a slash at its end. */
  readonly base: string;
  /** The address and the headers that open it. Headers of the request have names in lower case. */
  open(request: AzureRequest): { readonly url: string; readonly secret: Readonly<Record<string, string>> };
}

interface AzureRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Version of the protocol. */
const VERSION = '2023-11-03';

/** @throws FdlError `storage-address`, `storage-incomplete` */
export function azureAccount(store: string, fields: AzureFields): AzureAccount {
  const {
    account = '',
    account_key,
    sas_token,
    endpoint,
  } = { ...fields, ...connection(fields.connection_string) };
  const host = endpoint || `https://${account}.blob.core.windows.net`;
  const base = serverUrl(store, 'endpoint', host);
  if (sas_token) return { base, open: shared(sas_token) };
  const key = decodeBase64(account_key ?? '');
  if (!key)
    throw new FdlError('storage-incomplete', `the account key of "${store}" is no text in base64`, {
      hint: 'Copy it whole from "Access keys" of the storage account.',
    });
  hideCredentials(account_key);
  return { base, open: (request) => signed(account, key, request) };
}

/** `Name=value;…`; what it does not say is as for accounts of the public cloud. */
function connection(text: string | undefined): AzureFields {
  if (!text) return {};
  const parts = new Map(
    text.split(';').map((part) => {
      const [name = '', ...value] = part.split('=');
      return [name.trim(), value.join('=').trim()] as const;
    }),
  );
  const [account, suffix] = [parts.get('AccountName'), parts.get('EndpointSuffix') || 'core.windows.net'];
  const own = account && `${parts.get('DefaultEndpointsProtocol') || 'https'}://${account}.blob.${suffix}`;
  return {
    account,
    account_key: parts.get('AccountKey'),
    sas_token: parts.get('SharedAccessSignature'),
    endpoint: parts.get('BlobEndpoint') || own,
  };
}

/** A signature that the address carries. */
function shared(token: string): AzureAccount['open'] {
  const query = token.trim().replace(/^\?/, '');
  hideCredentials(query, new URLSearchParams(query).get('sig') ?? undefined);
  return ({ url }) => ({
    url: `${url}${url.includes('?') ? '&' : '?'}${query}`,
    secret: { 'x-ms-version': VERSION },
  });
}

/** Headers that stand in a signature with their values alone, in this order. */
const SIGNED = [
  ...['content-encoding', 'content-language', 'content-length', 'content-md5', 'content-type', 'date'],
  ...['if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'],
];

function signed(account: string, key: Buffer, { method, url, headers }: AzureRequest) {
  const own = { 'x-ms-date': new Date().toUTCString(), 'x-ms-version': VERSION };
  const all: Readonly<Record<string, string>> = { ...headers, ...own };
  const named = Object.keys(all)
    .filter((name) => name.startsWith('x-ms-'))
    .sort();
  const { pathname, searchParams } = new URL(url);
  // A length of 0 is left out.
  const values = SIGNED.map((name) =>
    name === 'content-length' && all[name] === '0' ? '' : (all[name] ?? ''),
  );
  const text = [
    method,
    ...values,
    ...named.map((name) => `${name}:${all[name]}`),
    `/${account}${pathname}`,
    ...[...searchParams].map(([name, value]) => `${name.toLowerCase()}:${value}`).sort(),
  ].join('\n');
  const signature = createHmac('sha256', key).update(text).digest('base64');
  return { url, secret: { ...own, authorization: `SharedKey ${account}:${signature}` } };
}
