/** Finds out which of the step's stores an event speaks of. */
import { FdlError } from '../errors.ts';
import { kindOfStore } from '../storage/kinds.ts';
import type { StepConfig, StepInput } from './config.ts';
import type { ObjectSource } from './task.ts';

/** An object with the id of the store that holds it. */
export interface LocatedObject {
  readonly store: string;
  readonly bucket: string;
  readonly key: string;
}

/**
 * The place of an object. Events of S3 and MinIO say the bucket but not the server, so the input with that bucket
 * decides, the one with the longest matching folder first, and after it any other of the same kind.
 * @throws FdlError `event-invalid`: the step has no input of the store that sent the event
 */
export function locate(named: ObjectSource, config: StepConfig): LocatedObject {
  const source = withKnownStore(named, config);
  const input = matchingInput(source, config.inputs);
  if (source.bucket === undefined) {
    if (!input) throw unknownStore(source, config);
    const key = input.prefix === '' ? source.key : `${input.prefix}/${source.key}`;
    return { store: input.store, bucket: input.bucket, key };
  }
  const store = input?.store ?? otherStore(source, config);
  return { store, bucket: source.bucket, key: source.key };
}

/**
 * An event that a cluster passed on says the store of its own first output for that of the event: `minio.default`, which is
 * another one here, or even one of another kind. Rule: OSCAR, `delegationStorageProvider`.
 */
function withKnownStore({ store, ...source }: ObjectSource, { inputs, stores }: StepConfig): ObjectSource {
  const isOther = source.provider === 'minio' && !store?.startsWith('minio.');
  const ids = [...inputs.map((input) => input.store), ...stores.map(({ id }) => id)];
  const isOwn = store === 'minio.default' && !ids.includes(store);
  return store === undefined || isOther || isOwn ? source : { ...source, store };
}

function matchingInput(source: ObjectSource, inputs: readonly StepInput[]): StepInput | undefined {
  const { store, provider, bucket, key } = source;
  const fits = inputs.filter((input) =>
    store ? input.store === store : input.store.startsWith(`${provider}.`),
  );
  if (bucket === undefined) return fits[0];
  const inBucket = fits.filter((input) => input.bucket === bucket);
  const holding = inBucket.filter(({ prefix }) => prefix === '' || key.startsWith(`${prefix}/`));
  return longestPrefix(holding) ?? inBucket[0];
}

function longestPrefix(inputs: readonly StepInput[]): StepInput | undefined {
  return inputs.reduce<StepInput | undefined>(
    (longest, input) => (longest && longest.prefix.length >= input.prefix.length ? longest : input),
    undefined,
  );
}

/** The store of an object that is in none of the step's input folders. */
function otherStore(source: ObjectSource, config: StepConfig): string {
  if (source.store !== undefined) return source.store;
  const kind = `${source.provider}`;
  const input = config.inputs.find(({ store }) => store.startsWith(kind));
  if (input) return input.store;
  const { account } = kindOfStore(source.provider);
  if (account !== undefined) return account;
  const known = config.stores.find((store) => store.kind === source.provider);
  if (known) return known.id;
  throw unknownStore(source, config);
}

function unknownStore({ provider, store, key }: ObjectSource, { step }: StepConfig): FdlError {
  const from = store ?? provider;
  return new FdlError(
    'event-invalid',
    `the event of ${from} about "${key}" fits no input of step "${step}"`,
    {
      hint: `Give the step an input of ${from}, or send the event elsewhere.`,
    },
  );
}
