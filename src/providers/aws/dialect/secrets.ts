/** The secrets of a step: what they are, and what cannot be done with them. */
import { reveal, Secret } from '../../../secret.ts';
import { kindOfStore } from '../../../storage/kinds.ts';
import { neededFields, type Store } from '../../../storage/store.ts';
import { problem, type Rule } from '../../../workflow/check.ts';
import type { Workflow } from '../../../workflow/model.ts';
import { credentialsOf, storesOf } from '../step-stores.ts';
import { runsGivenImage } from './ecr.ts';
import type { AwsStep } from './step.ts';

/** What the parameter of a step holds: secret variables and credentials of stores; nothing where there are none. */
export function secretsOf(workflow: Workflow, step: AwsStep): Secret | undefined {
  const variables = Object.entries(step.environment).filter(([, value]) => value instanceof Secret);
  const stores = storesOf(step, workflow).flatMap((store) => {
    const credentials = Object.entries(credentialsOf(store));
    return credentials.length === 0 ? [] : [[store.id, revealed(credentials)] as const];
  });
  if (variables.length === 0 && stores.length === 0) return undefined;
  // Sorted, so that the order in the file makes no difference to what is stored.
  const value = { environment: revealed(variables), stores: Object.fromEntries(stores.sort(byName)) };
  // Systems Manager refuses `{{…}}` in a value (rule: `Value` of PutParameter in its API). Texts alone can have it.
  return new Secret(JSON.stringify(value).replaceAll('{{', '{\\u007b'));
}

function revealed(
  entries: readonly (readonly [string, string | Secret])[],
): Readonly<Record<string, string>> {
  return Object.fromEntries([...entries].sort(byName).map(([name, value]) => [name, reveal(value)]));
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** What it takes to open a store: a bucket of S3 is opened with the role of the step, unless the file has keys for it. */
export function neededOf(store: Store): readonly string[] | undefined {
  const { account, protocol } = kindOfStore(store.kind);
  if (!protocol) return undefined;
  if (account === undefined) return neededFields(store);
  return Object.keys(credentialsOf(store)).length > 0 ? ['access_key', 'secret_key'] : [];
}

/** An image that is run as it is has nothing in it that fetches secrets. */
const ofGivenImages: Rule<AwsStep> = (step, { at, workflow }) => {
  if (!runsGivenImage(step) || secretsOf(workflow, step) === undefined) return [];
  const message = `"${step.id}" has secrets, but runs ${step.image} as it is, which does not fetch them`;
  const hint = 'Remove "create_image: false", so that the function gets an image of its own.';
  return [problem(step, 'image-secrets', message, at(step, 'lambda', 'container', 'create_image'), hint)];
};

/** Bytes of an advanced parameter. Rule: quotas of Parameter Store. */
const MOST_BYTES = 8192;

const tooLarge: Rule<AwsStep> = (step, { workflow }) => {
  const bytes = Buffer.byteLength(reveal(secretsOf(workflow, step) ?? ''));
  if (bytes <= MOST_BYTES) return [];
  const message = `the secrets of "${step.id}" have ${bytes} bytes, ${MOST_BYTES} are allowed`;
  const hint = 'Keep large secrets in a file of a bucket that the step reads, or shorten them.';
  return [problem(step, 'secrets-too-large', message, step.place, hint)];
};

export const SECRETS: readonly Rule<AwsStep>[] = [ofGivenImages, tooLarge];
