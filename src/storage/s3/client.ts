/** Makes clients of S3 and of servers that speak its protocol. The SDK is loaded here and only when it is needed. */
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { hideCredentials } from '../../secret.ts';
import { BEFORE_READING, pageMiddleware } from '../page-middleware.ts';
import { proxyHandler, sdkAgent } from '../sdk-handler.ts';
import { PAGE } from './error.ts';
import type { S3Credentials, S3Options } from './options.ts';

type S3Sdk = typeof import('./sdk.ts');

/** A client with the commands to send by it. */
export interface S3Connection {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
}

/** What every client of the SDK has of its credentials. */
interface WithCredentials {
  readonly config: { readonly credentials?: unknown };
}

/** Hides the keys that a client signs with, wherever its chain found them; finding none is told by the call itself. */
export async function hideKeysOf({ config: { credentials } }: WithCredentials): Promise<void> {
  if (typeof credentials !== 'function') return;
  try {
    const { secretAccessKey, sessionToken } = (await credentials()) as Partial<S3Credentials>;
    hideCredentials(secretAccessKey, sessionToken);
  } catch {
    // Nothing is sent then.
  }
}

/** The SDK would write its warnings to the console; what matters of them is in the errors that it throws. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** Milliseconds: for a connection to be made, and without any byte on it. */
const CONNECT_TIMEOUT = 10_000;
const IDLE_TIMEOUT = 60_000;
const DEFAULT_REGION = 'us-east-1';

/** Loads the SDK and makes the client. */
export async function connectS3(options: S3Options): Promise<S3Connection> {
  const sdk = await import('./sdk.ts');
  const config = clientConfig(options, process.env);
  const client = withPages(quietly(() => new sdk.S3Client(config)));
  // Known before the first answer, since nothing is sent without them.
  void hideKeysOf(client);
  // The SDK has no default of its own: without a region anywhere every call would fail.
  const region = await client.config.region().catch(() => undefined);
  return {
    sdk,
    client: region ? client : withPages(new sdk.S3Client({ ...config, region: DEFAULT_REGION })),
  };
}

/** The client, for which a page of HTML is an error: it would read that as a list without an end, or without anything. */
function withPages(client: S3Client): S3Client {
  const pages = pageMiddleware(({ server, what }) => Object.assign(new Error(what), { name: PAGE, server }));
  client.middlewareStack.add(pages as never, BEFORE_READING);
  return client;
}

function clientConfig(options: S3Options, env: NodeJS.ProcessEnv): S3ClientConfig {
  const { endpoint, region, credentials, profile, verifyTls, ca } = options;
  const custom = endpoint ?? env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    ...(credentials && { credentials }),
    ...(profile !== undefined && { profile }),
    ...(custom ? serverConfig() : { followRegionRedirects: true }),
    logger: SILENT,
    requestHandler: proxyHandler({ connect: CONNECT_TIMEOUT, answer: IDLE_TIMEOUT }, { verifyTls, ca }) ?? {
      connectionTimeout: CONNECT_TIMEOUT,
      socketTimeout: IDLE_TIMEOUT,
      ...sdkAgent({ verifyTls, ca }),
    },
  } as S3ClientConfig;
}

/** Servers other than AWS rarely answer for host names made of buckets, and some refuse the SDK's own checksums. */
function serverConfig(): S3ClientConfig {
  return {
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

const WARNING_SWITCH = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';

/**
 * Makes a client without the SDK's warning that later releases of it need a newer Node, which is for the people who
 * build this program. The SDK warns once, while the first client is made, and this switch hides nothing else.
 */
export function quietly<T>(make: () => T): T {
  const before = process.env[WARNING_SWITCH];
  process.env[WARNING_SWITCH] = 'true';
  try {
    return make();
  } finally {
    if (before === undefined) delete process.env[WARNING_SWITCH];
    else process.env[WARNING_SWITCH] = before;
  }
}
