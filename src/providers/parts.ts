/** The providers of one workflow side by side: which one is asked for what, and what becomes of one that fails. */
import { FdlError } from '../errors.ts';
import type { Store } from '../storage/store.ts';
import type { Workflow } from '../workflow/model.ts';
import type { Provider } from './provider.ts';

/** A provider with what it is called. */
export interface Part {
  readonly name: string;
  readonly provider: Provider;
  /** Whether it is the one to open a store, rather than any other. */
  readonly opens?: ((store: Store) => boolean) | undefined;
}

/** What a provider answered, or why it failed. */
export type Outcome<T> = { readonly value: T } | { readonly failure: unknown };

export interface Parts {
  readonly all: readonly Part[];
  /** Asks all of them at the same time; each answers for itself. Throws what must stop the others, too. */
  ask<T>(question: (provider: Provider) => Promise<T>): Promise<ReadonlyMap<string, Outcome<T>>>;
  /** The provider of a step. Throws what it failed with before. */
  ofStep(workflow: Workflow, step: string): Provider;
  /** The provider that opens a store. */
  ofStore(store: Store): Provider;
  /** All of them. Throws what one failed with before. */
  working(): readonly Provider[];
}

/** A provider that failed once is not asked again. */
export function partsOf(all: readonly Part[], signal: AbortSignal): Parts {
  const failures = new Map<string, unknown>();
  const ask = async <T>({ name, provider }: Part, question: (provider: Provider) => Promise<T>) => {
    if (failures.has(name)) return { failure: failures.get(name) };
    try {
      return { value: await question(provider) };
    } catch (failure) {
      failures.set(name, failure);
      return { failure };
    }
  };
  const working = ({ name, provider }: Part) => {
    if (failures.has(name)) throw failures.get(name);
    return provider;
  };
  const named = (name: string | undefined) => all.find((part) => part.name === name);
  return {
    all,
    ask: async (question) => {
      const answers = await Promise.all(all.map((part) => ask(part, question)));
      const stop = [...failures.values()].find((thrown) => signal.aborted || isOfFile(thrown));
      if (stop !== undefined) throw stop;
      return new Map(all.map(({ name }, index) => [name, answers[index] as Outcome<never>]));
    },
    ofStep: (workflow, step) => {
      const part = named(workflow.steps.find(({ id }) => id === step)?.provider);
      if (part) return working(part);
      throw new FdlError('step-unknown', `no provider has a step ${step}`);
    },
    ofStore: (store) => {
      const [first] = all;
      const part = all.find(({ opens }) => opens?.(store)) ?? first;
      if (part) return part.provider;
      throw new FdlError('provider-missing', `no provider opens the store ${store.id}`);
    },
    working: () => all.map(working),
  };
}

/** What the file is to blame for should be mended before anything is done anywhere. */
function isOfFile(thrown: unknown): boolean {
  return thrown instanceof FdlError && thrown.exitCode === 2;
}
