/** Clients of AWS for tests: they record what is sent and answer what the test says; no SDK is loaded. */
import type { CallContext } from '../../../src/deploy/resource.ts';
import type { Clients, Service } from '../../../src/providers/aws/api/clients.ts';
import { awsError } from '../../../src/providers/aws/api/errors.ts';
import type { AwsDeps } from '../../../src/providers/aws/kinds/deps.ts';
import type { Site } from '../../../src/providers/aws/site.ts';

/** What was sent: `operation` is the command without the word, such as `GetFunction`. */
export interface Sent {
  readonly service: Service;
  readonly site: Site;
  readonly operation: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test knows the shape of what it looks at
  readonly input: any;
}

/** A fixed answer, or a function of the input and of how often the operation was called before. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type Answer = object | ((input: any, before: number) => unknown);
export type Answers = Partial<Record<Service, Readonly<Record<string, Answer>>>>;

export interface FakeClients {
  readonly clients: Clients;
  readonly sent: readonly Sent[];
  /** `lambda GetFunction` and so on, in order; `all: false` leaves out what only reads. */
  calls(options?: { readonly all?: boolean }): readonly string[];
  /** The inputs of all calls of one operation. */
  inputs(operation: string): readonly Sent['input'][];
  forget(): void;
}

const READING = /^(Get|List|Describe|Head|Filter)/;

/** Clients that answer by `answers`; an operation that is not there fails the test. */
export function fakeClients(answers: Answers): FakeClients {
  const sent: Sent[] = [];
  const send = async (service: Service, site: Site, command: FakeCommand, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    const { operation, input } = command;
    const before = sent.filter((each) => each.service === service && each.operation === operation).length;
    sent.push({ service, site, operation, input: structuredClone(input) });
    const answer = answers[service]?.[operation];
    if (answer === undefined) throw new Error(`the test has no answer for ${service} ${operation}`);
    return typeof answer === 'function' ? await answer(input, before) : answer;
  };
  const clients = async (service: Service, site: Site) => ({
    sdk: COMMANDS,
    client: {
      send: (command: FakeCommand, options?: { readonly abortSignal?: AbortSignal }) =>
        send(service, site, command, options?.abortSignal),
    },
  });
  return {
    clients: clients as unknown as Clients,
    sent,
    calls: ({ all = true } = {}) =>
      sent
        .filter(({ operation }) => all || !READING.test(operation))
        .map(({ service, operation }) => `${service} ${operation}`),
    inputs: (operation) => sent.filter((each) => each.operation === operation).map(({ input }) => input),
    forget: () => {
      sent.length = 0;
    },
  };
}

interface FakeCommand {
  readonly operation: string;
  readonly input: object;
}

/** Has a class for every command. */
const COMMANDS = new Proxy(
  {},
  {
    get: (_, name) =>
      typeof name === 'string' && name.endsWith('Command')
        ? class implements FakeCommand {
            readonly operation = String(name).replace(/Command$/, '');
            readonly input: object;
            constructor(input: object = {}) {
              this.input = input;
            }
          }
        : undefined,
  },
);

/** What a client throws where AWS answers with this code: `throw awsFailure('NoSuchBucket', 404)`. */
export function awsFailure(code: string, httpStatusCode = 400, message = code): unknown {
  const error = Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode } });
  return awsError(error, 'test Call');
}

export const SITE: Site = { region: 'eu-west-1' };

/** A call that is never interrupted; `said` are the messages of its progress. */
export function fakeCall(
  signal: AbortSignal = new AbortController().signal,
): CallContext & { said: string[] } {
  const said: string[] = [];
  return { signal, said, progress: (message) => void said.push(message) };
}

/** What kinds need, for the workflow `shop` at `SITE`, without waiting; no registry unless given. */
export function fakeDeps({ clients, ...rest }: Partial<AwsDeps> & Pick<AwsDeps, 'clients'>): AwsDeps {
  return {
    clients,
    workflow: 'shop',
    deleteData: false,
    sites: [SITE],
    buckets: [],
    known: [],
    tagged: async () => [],
    images: new Map(),
    bundles: new Map(),
    registry: () => Promise.reject(new Error('the test has no registry')),
    delay: async (_ms, signal) => signal?.throwIfAborted(),
    ...rest,
  };
}
