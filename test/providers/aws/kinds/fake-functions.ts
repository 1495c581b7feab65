/** AWS Lambda with at most one function, whose every change takes one look to be done. */
import { createHash } from 'node:crypto';
import { ownTags } from '../../../../src/providers/aws/api/tags.ts';
import type { AwsDeps } from '../../../../src/providers/aws/kinds/deps.ts';
import { type FunctionProps, functionKind } from '../../../../src/providers/aws/kinds/function/index.ts';
import { type Answer, awsFailure, fakeClients, fakeDeps, SITE } from '../fake-clients.ts';

export const IMAGE = `1.dkr.ecr.eu-west-1.amazonaws.com/fdl/shop@sha256:${'a'.repeat(64)}`;
export const OTHER_IMAGE = IMAGE.replaceAll('a'.repeat(64), 'b'.repeat(64));
const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:resize';

/** A function that runs an image, with changes. */
export function functionProps(changes: Partial<FunctionProps> = {}): FunctionProps {
  return {
    site: SITE,
    name: 'resize',
    code: { image: IMAGE },
    role: 'arn:aws:iam::123456789012:role/fdl/shop/eu-west-1/shop-resize',
    architecture: 'x86_64',
    memory: 512,
    timeout: 300,
    ephemeralStorage: 512,
    environment: { LEVEL: 'high' },
    fileSystems: [],
    logGroup: '/aws/lambda/resize',
    preheat: false,
    tags: ownTags('shop', 'resize'),
    ...changes,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of requests and answers of AWS Lambda
type Data = Record<string, any>;

export interface FakeFunctionOptions {
  /** What an operation throws before it works: one after the other. */
  readonly failures?: Readonly<Record<string, unknown[]>>;
  /** The function that is there from the beginning; see `stored`. */
  readonly there?: Data;
  /** How creations and updates end. */
  readonly outcome?: () => Data;
  readonly deps?: Partial<AwsDeps>;
}

/** What Lambda holds of a function that was made from `props`. */
export function stored(props: FunctionProps = functionProps(), changes: Data = {}): Data {
  return {
    FunctionArn: ARN,
    FunctionName: props.name,
    Role: props.role,
    MemorySize: props.memory,
    Timeout: props.timeout,
    Description: '',
    PackageType: 'Image',
    Architectures: [props.architecture],
    Environment: { Variables: props.environment },
    EphemeralStorage: { Size: props.ephemeralStorage },
    LoggingConfig: { LogFormat: 'Text', LogGroup: props.logGroup },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Code: 'image' in props.code ? { ImageUri: props.code.image } : {},
    Tags: props.tags,
    ...changes,
  };
}

/** The kind of functions at this Lambda, and what it was sent. */
export function fakeFunctions({
  failures = {},
  there,
  outcome = () => ({}),
  deps,
}: FakeFunctionOptions = {}) {
  let found: Data | undefined = there && structuredClone(there);
  let pending: Data | undefined = there?.['State'] === 'Pending' ? { State: 'Active' } : undefined;
  const fail = (operation: string) => {
    const failure = failures[operation]?.shift();
    if (failure !== undefined) throw failure;
  };
  const expected = () => {
    if (!found) throw awsFailure('ResourceNotFoundException', 404);
    return found;
  };
  const set = (changes: Data) => {
    if (pending) throw awsFailure('ResourceConflictException', 409, 'An update is in progress');
    found = { ...found, ...changes };
  };
  const change = (changes: Data): Data | undefined => {
    set(changes);
    pending = { State: 'Active', LastUpdateStatus: 'Successful', ...outcome() };
    return found;
  };
  const operations: Record<string, (input: Data) => unknown> = {
    GetFunction: () => {
      const { Code, Tags, Concurrency, Async, ...Configuration } = expected();
      return { Configuration, Code, Tags, Concurrency };
    },
    GetFunctionConfiguration: () => {
      const now = { ...expected() };
      found = { ...now, ...pending };
      pending = undefined;
      return now;
    },
    GetFunctionEventInvokeConfig: () => found?.['Async'] ?? missing(),
    CreateFunction: ({ Code, Runtime, ...input }) => {
      if (found)
        throw awsFailure(
          'ResourceConflictException',
          409,
          `Function already exist: ${input['FunctionName']}`,
        );
      const code = Code.ImageUri ? { Code } : { CodeSha256: sha256(Code.ZipFile), Runtime };
      return change({ FunctionArn: ARN, ...input, ...code, State: 'Pending' });
    },
    UpdateFunctionCode: ({ ImageUri, Architectures }) =>
      change({ Code: { ImageUri }, Architectures, LastUpdateStatus: 'InProgress' }),
    UpdateFunctionConfiguration: (input) => change({ ...input, LastUpdateStatus: 'InProgress' }),
    TagResource: ({ Tags }) => set({ Tags: { ...expected()['Tags'], ...Tags } }),
    UntagResource: ({ TagKeys }) => {
      const kept = Object.entries(expected()['Tags'] as Data).filter(([name]) => !TagKeys.includes(name));
      return set({ Tags: Object.fromEntries(kept) });
    },
    PutFunctionConcurrency: (input) => set({ Concurrency: input }),
    DeleteFunctionConcurrency: () => set({ Concurrency: undefined }),
    PutFunctionEventInvokeConfig: (input) => set({ Async: input }),
    DeleteFunctionEventInvokeConfig: () => set({ Async: undefined }),
    Invoke: () => ({ StatusCode: 202 }),
    DeleteFunction: () => {
      expected();
      found = undefined;
    },
  };
  const answers = Object.entries(operations).map(([operation, answer]): [string, Answer] => [
    operation,
    (input: Data) => {
      fail(operation);
      return answer(input);
    },
  ]);
  const fake = fakeClients({ lambda: Object.fromEntries(answers) });
  const kind = functionKind(fakeDeps({ clients: fake.clients, ...deps }));
  return { ...fake, kind, found: () => found };
}

function missing(): never {
  throw awsFailure('ResourceNotFoundException', 404);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64');
}
