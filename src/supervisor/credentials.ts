/** Fetches what a step's configuration only refers to, and remembers it for hiding it in logs. */
import { readFileSync } from 'node:fs';
import { FdlError, messageOf } from '../errors.ts';
import { asObject, asText, parseJson } from '../json.ts';
import { masker, reveal } from '../secret.ts';
import type { CredentialsRef, StepStore } from './config.ts';
import type { StepSecrets } from './parameter.ts';
import type { Credentials } from './stores.ts';

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
export interface SecretKeeper {
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
