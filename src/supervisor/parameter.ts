/** The secrets of a step, kept as one parameter of Systems Manager. They are held in memory alone. */
import { FdlError, messageOf } from '../errors.ts';
import { asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { CallError, isUnreached } from './aws/call-error.ts';
import type { AwsSend } from './aws/send.ts';
import type { SecretsRef } from './config.ts';

type Texts = Readonly<Record<string, string>>;

export interface StepSecrets {
  /** Variables of the script. */
  readonly environment: Texts;
  /** Credentials of stores by the stores' ids: `{"minio.my_minio": {"access_key": "…", "secret_key": "…"}}`. */
  readonly stores: Readonly<Record<string, Texts>>;
}

/** All secret texts. */
export function secretTexts({ environment, stores }: StepSecrets): readonly string[] {
  return [environment, ...Object.values(stores)].flatMap((texts) => Object.values(texts));
}

/**
 * Fetches the secrets of a step.
 * @throws FdlError `secrets-unreachable`, `secrets-denied`, `secrets-missing`, `secrets-invalid`, or `secrets-failed`
 */
export async function parameterSecrets({ name }: SecretsRef, send: AwsSend): Promise<StepSecrets> {
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonSSM.GetParameter',
  };
  const body = JSON.stringify({ Name: name, WithDecryption: true });
  const call = { service: 'ssm', operation: 'GetParameter', path: '/', headers, body } as const;
  const reply = await send(call).catch((thrown: unknown) => {
    throw secretsError(name, thrown);
  });
  const parameter = asObject(asObject(parseJson(reply.body)?.value)?.['Parameter']);
  return readSecrets(name, asText(parameter?.['Value']) ?? '');
}

function readSecrets(name: string, value: string): StepSecrets {
  const fields = asObject(parseJson(value)?.value);
  if (!fields) {
    throw new FdlError(
      'secrets-invalid',
      `the parameter "${name}" with the secrets of the step is no JSON object`,
      {
        hint: 'Deploy the workflow again, which writes the parameter anew.',
      },
    );
  }
  const stores = Object.entries(asObject(fields['stores']) ?? {}).map(([id, store]) => [
    id,
    texts(asObject(store)),
  ]);
  return { environment: texts(asObject(fields['environment'])), stores: Object.fromEntries(stores) };
}

function texts(fields: JsonObject = {}): Texts {
  const named = Object.entries(fields).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(named);
}

function secretsError(name: string, thrown: unknown): FdlError {
  const cause = { cause: thrown };
  if (isUnreached(thrown)) {
    return new FdlError(
      'secrets-unreachable',
      `the function's network has no route to Systems Manager, which has the secrets of the step: ${messageOf(thrown)}`,
      {
        hint: 'Add a NAT gateway or a VPC endpoint for "ssm" to its subnets, and let its security groups use it.',
        ...cause,
      },
    );
  }
  const why = `the secrets of the step, in the parameter "${name}", cannot be read: ${messageOf(thrown)}`;
  if (!(thrown instanceof CallError)) return new FdlError('secrets-failed', why, cause);
  if (/^(AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature)/.test(thrown.awsCode)) {
    const hint =
      'Give the role of the step ssm:GetParameter on it, and kms:Decrypt where it has a key of its own.';
    return new FdlError('secrets-denied', why, { hint, ...cause });
  }
  if (thrown.awsCode === 'ParameterNotFound') {
    return new FdlError('secrets-missing', why, {
      hint: 'Deploy the workflow again, which makes it.',
      ...cause,
    });
  }
  return new FdlError('secrets-failed', why, cause);
}
