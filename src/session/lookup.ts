/** Which step, or which folder, is meant by what somebody names. */
import { FdlError } from '../errors.ts';
import { nearest } from '../fdl/suggest.ts';
import type { Opened } from '../providers/registry.ts';
import type { Storage } from '../storage/storage.ts';
import type { Store } from '../storage/store.ts';
import { parseUri, type StorageUri } from '../storage/uri.ts';
import { entrySteps } from '../workflow/links.ts';
import type { Folder, Step, Workflow } from '../workflow/model.ts';

/** @throws FdlError `unknown-step` */
export function findStep(workflow: Workflow, id: string): Step {
  const found = workflow.steps.find((step) => step.id === id);
  if (found) return found;
  const ids = workflow.steps.map((step) => step.id);
  const meant = nearest(id, ids);
  throw new FdlError('unknown-step', `${workflow.name} has no step "${id}"`, {
    hint: meant ? `Did you mean ${meant}?` : `Its steps are ${ids.join(', ')}.`,
    exitCode: 2,
  });
}

/**
 * The step that was asked for, else the only one that no other step feeds.
 * @throws FdlError `unknown-step`, `no-input`, `several-entries`
 */
export function entryStep(
  workflow: Workflow,
  asked: string | undefined,
): Step & { inputs: readonly [Folder, ...Folder[]] } {
  const entries =
    asked === undefined ? entrySteps(workflow.steps, workflow.links) : [findStep(workflow, asked)];
  const usable = entries.filter(hasInput);
  const [first, second] = usable;
  if (first && !second) return first;
  if (second) {
    const message = `${workflow.name} has several entry steps: ${usable.map(({ id }) => id).join(', ')}`;
    throw new FdlError('several-entries', message, { hint: 'Choose one: --step NAME.', exitCode: 2 });
  }
  const what =
    asked === undefined ? `no step of ${workflow.name}` : `the step "${asked}" has no input, so it`;
  throw new FdlError('no-input', `${what} takes files`, {
    hint: 'Add "input:" with a storage provider and a path to the step, or call it with `fdl invoke`.',
    exitCode: 2,
  });
}

function hasInput(step: Step): step is Step & { inputs: readonly [Folder, ...Folder[]] } {
  return step.inputs.length > 0;
}

/**
 * The folder that a URI names. A provider without a name is the workflow's only store of that kind.
 * @throws FdlError `uri-invalid`, `unknown-store`
 */
export function folderOf(workflow: Workflow, uri: string): Folder {
  const parsed = parseUri(uri);
  const store = storeNamed(workflow, parsed);
  if (!store) throw unknownStore(workflow, uri, ofKind(workflow, parsed));
  const place = { file: uri, line: 1, column: 1 };
  const { bucket, key } = parsed;
  return { store: store.id, namespace: store.namespace, bucket, prefix: key.replace(/\/+$/, ''), place };
}

type Named = Pick<StorageUri, 'provider' | 'name'>;

/** The store that a URI names, if the workflow uses it: without a name the default one, else the only one of that kind. */
function storeNamed(workflow: Workflow, named: Named): Store | undefined {
  const kind = ofKind(workflow, named);
  const { name } = named;
  const found = kind.filter((store) => store.name === (name ?? 'default'));
  const [store, second] = found.length > 0 ? found : name === undefined ? kind : [];
  return second ? undefined : store;
}

/** The same, if the file as much as declares it. */
export function declaredStore(workflow: Workflow, named: Named): Store | undefined {
  const { stores, unusedStores = [] } = workflow;
  return (
    storeNamed(workflow, named) ?? storeNamed({ ...workflow, stores: [...stores, ...unusedStores] }, named)
  );
}

function ofKind({ stores }: Workflow, { provider }: Named): readonly Store[] {
  return stores.filter((store) => store.kind === provider);
}

function unknownStore({ name, stores }: Workflow, uri: string, kind: readonly Store[]): FdlError {
  const ids = (kind.length > 0 ? kind : stores).map(({ id }) => id);
  return new FdlError('unknown-store', `${name} has no store for ${uri}`, {
    hint: ids.length > 0 ? `Its stores are ${ids.join(', ')}: write ${ids[0]}://BUCKET/FOLDER.` : undefined,
    exitCode: 2,
  });
}

/** Opens the stores of a workflow by their ids, each once. */
export function storesOf({ workflow, provider }: Opened): (store: string) => Storage {
  const stores = new Map(workflow.stores.map((store) => [store.id, store]));
  const opened = new Map<string, Storage>();
  return (id) => {
    const store = stores.get(id);
    if (!store) throw new Error(`the workflow has no store ${id}`);
    const storage = opened.get(id) ?? provider.runtime.storage(workflow, store);
    opened.set(id, storage);
    return storage;
  };
}
