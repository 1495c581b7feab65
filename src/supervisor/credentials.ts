/** Fetches what a step's configuration only refers to, and remembers it for hiding it in logs. */
import { readFileSync } from 'node:fs';
import { FdlError, messageOf } from '../errors.ts';
import { asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { masker, reveal } from '../secret.ts';
import { CallError, isUnreached } from './aws/call-error.ts';
import type { AwsSend } from './aws/send.ts';
import type { CredentialsRef, SecretsRef, StepStore } from './config.ts';
import type { Credentials } from './open-stores.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The credentials of a store.
 * @throws FdlError `credentials-missing`: what the configuration refers to is not there
 */
export function storeCredentials(
  { id, credentials }: StepStore,
  environment: Environment,
  secrets?: StepSecrets,
): Credentials {
  if (!credentials) return {};
  const found = credentialsOf(id, credentials, environment, secrets);
  const missing = Object.entries(found).find(([, value]) => value === undefined);
  if (missing) throw missingCredentials(id, `"${missing[0]}" is not set`);
  return found as Credentials;
}

function credentialsOf(
  id: string,
  reference: CredentialsRef,
  environment: Environment,
  secrets: StepSecrets | undefined,
): Readonly<Record<string, string | undefined>> {
  if (reference.from === 'file') return fromFile(id, reference.path);
  if (reference.from === 'environment') return fromVariables(reference, environment);
  const found = secrets?.stores[id];
  if (!found) throw missingCredentials(id, "they are not among the step's secrets");
  return found;
}

/** The environment without the variables that hold credentials, which are not for scripts. */
export function withoutCredentials(stores: readonly StepStore[], environment: Environment): Environment {
  const named = stores.flatMap(({ credentials }) =>
    credentials?.from === 'environment' ? Object.values(credentials.variables) : [],
  );
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !named.includes(name)));
}

function fromVariables(
  { variables }: CredentialsRef & { readonly from: 'environment' },
  environment: Environment,
): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, variable]) => [name, environment[variable]]),
  );
}

function fromFile(id: string, path: string): Readonly<Record<string, string | undefined>> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw missingCredentials(id, messageOf(error));
  }
  const fields = asObject(parseJson(text)?.value);
  if (!fields) throw missingCredentials(id, `"${path}" is no JSON object`);
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, asText(value)]));
}

function missingCredentials(id: string, why: string): FdlError {
  return new FdlError('credentials-missing', `the credentials of "${id}" cannot be used: ${why}`, {
    hint: 'Deploy the workflow again, which stores the credentials anew.',
  });
}

/** Secrets that were met so far. */
interface SecretKeeper {
  add(secrets: Iterable<string>): void;
  /** The text without any of them. */
  mask(text: string): string;
}

/** Starts with the credentials that AWS itself puts into an environment. */
export function secretKeeper(environment: Environment): SecretKeeper {
  const own = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) => environment[name] ?? '');
  let secrets: readonly string[] = own;
  let mask = masker(secrets);
  return {
    add: (more) => {
      secrets = [...secrets, ...more];
      mask = masker(secrets);
    },
    mask: (text) => mask(text),
  };
}

/** Wraps a source of credentials so that what it gives is kept. */
export function kept(
  keeper: SecretKeeper,
  source: (store: StepStore) => Credentials,
): (store: StepStore) => Credentials {
  return (store) => {
    const credentials = source(store);
    keeper.add(Object.values(credentials).map(reveal));
    return credentials;
  };
}

// The secrets of a step, kept as one parameter of Systems Manager. They are held in memory alone.

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
