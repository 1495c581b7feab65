/** Clients of AWS services: each is loaded and made when it is first used, one for every site. */
import { BEFORE_READING } from '../../../storage/page-middleware.ts';
import { hideKeysOf, quietly } from '../../../storage/s3/client.ts';
import { proxyHandler, sdkAgent } from '../../../storage/sdk-handler.ts';
import { type Site, siteKey } from '../site.ts';
import { awsError } from './errors.ts';
import { foreignPages } from './foreign.ts';
import { pagesMiddleware } from './pages.ts';

/** How each service is loaded, and which of its exports is the client. */
const SERVICES = {
  lambda: async () => ({ sdk: await import('./calls/lambda.ts'), client: 'LambdaClient' as const }),
  iam: async () => ({ sdk: await import('./calls/iam.ts'), client: 'IAMClient' as const }),
  logs: async () => ({ sdk: await import('./calls/logs.ts'), client: 'CloudWatchLogsClient' as const }),
  ecr: async () => ({ sdk: await import('./calls/ecr.ts'), client: 'ECRClient' as const }),
  ssm: async () => ({ sdk: await import('./calls/ssm.ts'), client: 'SSMClient' as const }),
  sts: async () => ({ sdk: await import('./calls/sts.ts'), client: 'STSClient' as const }),
  s3: async () => ({ sdk: await import('./calls/s3.ts'), client: 'S3Client' as const }),
  httpApi: async () => ({ sdk: await import('./calls/http-api.ts'), client: 'ApiGatewayV2Client' as const }),
  batch: async () => ({ sdk: await import('./calls/batch.ts'), client: 'BatchClient' as const }),
  ec2: async () => ({ sdk: await import('./calls/ec2.ts'), client: 'EC2Client' as const }),
  tagging: async () => ({
    sdk: await import('./calls/tagging.ts'),
    client: 'ResourceGroupsTaggingAPIClient' as const,
  }),
} as const;

export type Service = keyof typeof SERVICES;
type Loaded<S extends Service> = Awaited<ReturnType<(typeof SERVICES)[S]>>;
type ClientOf<S extends Service> = Loaded<S>['sdk'] extends infer Sdk
  ? Loaded<S>['client'] extends keyof Sdk
    ? Sdk[Loaded<S>['client']] extends { readonly prototype: infer Client }
      ? Client
      : never
    : never
  : never;

/** A client with the commands to send by it. What it throws are `AwsError`s; see `errors.ts`. */
export interface Connection<S extends Service> {
  readonly sdk: Loaded<S>['sdk'];
  readonly client: ClientOf<S>;
}

/** The client of a service at a site: the same one every time. */
export type Clients = <S extends Service>(service: S, site: Site) => Promise<Connection<S>>;

/** The SDK would write its warnings to the console; what matters of them is in the errors that it throws. */
const SILENT = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

/** Times that a call is sent: many functions that are made at the same time meet the limits of AWS. */
const ATTEMPTS = 8;
/** Milliseconds for a connection to be made, and for an answer. */
const CONNECT_TIMEOUT = 10_000;
const ANSWER_TIMEOUT = 60_000;

/** Clients that know where AWS is from the environment and the configuration of the SDK. */
export function openClients(environment: Readonly<Record<string, string | undefined>>): Clients {
  const made = new Map<string, Promise<unknown>>();
  return <S extends Service>(service: S, site: Site) => {
    const key = `${service} ${siteKey(site)}`;
    const known = made.get(key) as Promise<Connection<S>> | undefined;
    const connection = known ?? connect(service, site, environment);
    made.set(key, connection);
    return connection;
  };
}

/** Loads clients that will be needed, while the first answers are waited for: loading all takes longer than a call. */
export function preload(clients: Clients, site: Site, services: readonly Service[]): void {
  // Whoever uses one of them gets its failure.
  for (const service of services) clients(service, site).catch(() => {});
}

interface AnyClient {
  readonly config: { readonly credentials?: unknown };
  readonly middlewareStack: {
    add(
      middleware: unknown,
      options: {
        readonly step: 'initialize' | 'deserialize';
        readonly name: string;
        readonly priority?: 'low';
      },
    ): void;
  };
}

async function connect<S extends Service>(
  service: S,
  site: Site,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Connection<S>> {
  const { region, profile } = site;
  const { sdk, client: name } = (await SERVICES[service]()) as Loaded<S>;
  const Client = (sdk as Record<string, unknown>)[name] as new (config: object) => AnyClient;
  const custom = service === 's3' && (environment['AWS_ENDPOINT_URL_S3'] ?? environment['AWS_ENDPOINT_URL']);
  const config = {
    region,
    ...(profile !== undefined && { profile }),
    ...(custom && S3_SERVER),
    maxAttempts: ATTEMPTS,
    logger: SILENT,
    requestHandler: proxyHandler({ connect: CONNECT_TIMEOUT, answer: ANSWER_TIMEOUT }) ?? {
      connectionTimeout: CONNECT_TIMEOUT,
      requestTimeout: ANSWER_TIMEOUT,
      throwOnRequestTimeout: true,
      ...sdkAgent(),
    },
  };
  const client = quietly(() => new Client(config));
  client.middlewareStack.add(foreignPages(service), BEFORE_READING);
  client.middlewareStack.add(pagesMiddleware(service), { step: 'initialize', name: 'fdlLists' });
  client.middlewareStack.add(errorMiddleware(service, client, { site, environment }), {
    step: 'initialize',
    name: 'fdlErrors',
  });
  return { sdk, client: client as ClientOf<S> };
}

/** Servers other than AWS rarely answer for host names made of buckets, and some refuse the SDK's own checksums. */
const S3_SERVER = {
  forcePathStyle: true,
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
};

type Handler = (args: unknown) => Promise<unknown>;

function errorMiddleware(service: Service, client: AnyClient, caller: Parameters<typeof awsError>[2]) {
  return (next: Handler, { commandName = '' }: { readonly commandName?: string }) =>
    async (args: unknown): Promise<unknown> => {
      try {
        return await next(args);
      } catch (thrown) {
        await hideKeysOf(client);
        throw awsError(thrown, `${service} ${commandName.replace(/Command$/, '')}`, caller);
      }
    };
}
