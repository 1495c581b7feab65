/**
 * Where failed asynchronous invocations are handed to: standard queues and topics, buckets, and functions.
 * Rules: "Capturing records of asynchronous invocations" in Lambda's developer guide, with the rights that the function's
 * role needs and the names of objects; CreateFunctionEventInvokeConfig in its API reference.
 */
import { randomUUID } from 'node:crypto';
import { AwsFault } from '../core/fault.ts';
import type { World } from '../core/world.ts';
import type { Roles } from '../iam/roles.ts';
import { type Functions, type Known, parseFunctionArn } from './functions.ts';
import { parameter } from './limits.ts';

interface Kind {
  /** What the role must be permitted, with the ARN of what. */
  needs(arn: string, name: string): readonly (readonly [action: string, resource: string])[];
  /** Hands a record on; nothing comes of it where there is no such destination. */
  send(parts: DestinationParts, arn: string, from: Known, record: object): Promise<unknown>;
}

export interface DestinationParts {
  readonly world: World;
  readonly functions: Functions;
  readonly roles: Roles;
  /** Invokes a function asynchronously. */
  readonly enqueue: (known: Known, event: unknown) => void;
}

const KINDS: Readonly<Record<string, Kind>> = {
  lambda: {
    needs: (arn) => [['lambda:InvokeFunction', arn]],
    send: async ({ functions, enqueue }, arn, _, record) => {
      const place = parseFunctionArn(arn);
      const next = place && functions.get(place.region, place.name);
      if (next) enqueue(next, record);
    },
  },
  sqs: {
    needs: (arn) => [['sqs:SendMessage', arn]],
    send: async ({ world }, arn, _, record) => {
      const [, , service = '', region = '', account = '', name = ''] = arn.split(':');
      const form = { Action: 'SendMessage', Version: '2012-11-05', MessageBody: JSON.stringify(record) };
      return world.moto.ask({ service, region, path: `/${account}/${name}`, form });
    },
  },
  sns: {
    needs: (arn) => [['sns:Publish', arn]],
    send: async ({ world }, arn, _, record) => {
      const [, , service = '', region = ''] = arn.split(':');
      const form = {
        Action: 'Publish',
        Version: '2010-03-31',
        TopicArn: arn,
        Message: JSON.stringify(record),
      };
      return world.moto.ask({ service, region, form });
    },
  },
  s3: {
    needs: (arn, name) => [
      ['s3:PutObject', `${arn}/aws/lambda/async/${name}/`],
      ['s3:ListBucket', arn],
    ],
    send: async ({ world }, arn, { region, name }, record) => {
      const [day = '', time = ''] = new Date().toISOString().split(/[T.]/);
      const key = `aws/lambda/async/${name}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${randomUUID()}`;
      const path = `/${arn.split(':').at(-1)}/${key}`;
      return world.moto.ask({ service: 's3', region, method: 'PUT', path, body: record });
    },
  },
};

/** @throws AwsFault if failures of the function cannot be handed there */
export async function checkDestination(
  { functions, roles }: Pick<DestinationParts, 'functions' | 'roles'>,
  known: Known,
  arn: string,
): Promise<void> {
  const kind = kindOf(arn);
  const target = parseFunctionArn(arn);
  if (!kind || /\.fifo$/.test(arn) || (target && !functions.get(target.region, target.name)))
    throw parameter(`The destination ARN ${arn} is invalid.`);
  const missing = await firstMissing(roles, known, arn, kind);
  if (missing === undefined) return;
  const call = missing.replace(/^.*:/, '').replace('InvokeFunction', 'Invoke');
  throw parameter(`The function's execution role does not have permissions to call ${call} on ${arn}`);
}

/** Hands a record to a destination; where the role may not, Lambda counts that (`DestinationDeliveryFailures`), and the record is lost. */
export async function handTo(
  parts: DestinationParts,
  known: Known,
  arn: string,
  record: object,
): Promise<void> {
  const kind = kindOf(arn);
  if (!kind) throw new AwsFault('ServiceException', `the stand-in hands nothing to ${arn}`, 500);
  if ((await firstMissing(parts.roles, known, arn, kind)) === undefined)
    await kind.send(parts, arn, known, record);
}

function kindOf(arn: string): Kind | undefined {
  return KINDS[arn.split(':')[2] ?? ''];
}

async function firstMissing(
  roles: Roles,
  { given, name }: Known,
  arn: string,
  { needs }: Kind,
): Promise<string | undefined> {
  for (const [action, resource] of needs(arn, name)) {
    if (!(await roles.may(given['Role'], action, resource))) return action;
  }
  return undefined;
}
