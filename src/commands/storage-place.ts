/** Storage URIs of a command line → folders of the workflow's stores. */
import { FdlError } from '../errors.ts';
import type { Store } from '../storage/store.ts';
import { parseUri } from '../storage/uri.ts';
import type { Folder, Workflow } from '../workflow/model.ts';

/**
 * The folder that a URI names. A provider without a name is the workflow's only store of that kind.
 * @throws FdlError `uri-invalid`, `unknown-store`
 */
export function folderOf(workflow: Workflow, uri: string): Folder {
  const { provider, name, bucket, key } = parseUri(uri);
  const kind = workflow.stores.filter((store) => store.kind === provider);
  const named = kind.filter((store) => store.name === (name ?? 'default'));
  const [store, second] = named.length > 0 ? named : name === undefined ? kind : [];
  if (!store || second) throw unknownStore(workflow, uri, kind);
  const place = { file: uri, line: 1, column: 1 };
  return { store: store.id, namespace: store.namespace, bucket, prefix: key.replace(/\/+$/, ''), place };
}

function unknownStore({ name, stores }: Workflow, uri: string, kind: readonly Store[]): FdlError {
  const ids = (kind.length > 0 ? kind : stores).map(({ id }) => id);
  return new FdlError('unknown-store', `${name} has no store for ${uri}`, {
    hint: ids.length > 0 ? `Its stores are ${ids.join(', ')}: write ${ids[0]}://BUCKET/FOLDER.` : undefined,
    exitCode: 2,
  });
}
