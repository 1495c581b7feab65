/** Which steps an object triggers. */
import { createHash } from 'node:crypto';
import type { ObjectInfo } from '../../storage/storage.ts';
import { takesKey } from '../../workflow/filter.ts';
import type { Input, Step, Workflow } from '../../workflow/model.ts';
import { stepFileName } from './home.ts';
import type { Queued } from './journal.ts';

/** An object that was written to a folder of the workflow. */
export interface Written {
  /** Id of the store, and the namespace of its buckets. */
  readonly store: string;
  readonly namespace: string;
  readonly bucket: string;
  readonly object: ObjectInfo;
}

/** Finds what waits for an object. */
export type Triggers = (written: Written, run: string) => readonly Queued[];

/** Indexes the inputs of a workflow by bucket. */
export function triggersOf(workflow: Workflow): Triggers {
  const listeners = new Map<string, { step: Step; folder: Input }[]>();
  for (const step of workflow.steps.filter(({ serves }) => !serves)) {
    for (const folder of step.inputs) {
      const key = `${folder.namespace}/${folder.bucket}`;
      listeners.set(key, [...(listeners.get(key) ?? []), { step, folder }]);
    }
  }
  return (written, run) => {
    const found = listeners.get(`${written.namespace}/${written.bucket}`) ?? [];
    const hit = found.filter(({ folder }) => takesKey(folder, written.object.key));
    // A step that listens to a folder and to one above it is triggered once.
    const steps = new Map(hit.map(({ step, folder }) => [step.id, folder]));
    return [...steps].map(([step, folder]) => queuedFor(step, folder.store, written, run));
  };
}

function queuedFor(step: string, store: string, { namespace, bucket, object }: Written, run: string): Queued {
  const { key, size, etag, modified } = object;
  const id = invocationId({ step, namespace, bucket, key, etag });
  return { id, step, store, namespace, bucket, key, size, etag, time: modified.toISOString(), run };
}

// Names of invocations.

/** An object whose arrival triggers a step. */
interface Trigger {
  readonly step: string;
  /** Namespace of the store. */
  readonly namespace: string;
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
}

/**
 * The id of an invocation: the same for the same object in the same state, so that whoever notices the object (a
 * command, a step that wrote it, somebody who watches the folder) means the same invocation.
 */
function invocationId({ step, namespace, bucket, key, etag }: Trigger): string {
  const hash = createHash('sha1').update([step, namespace, bucket, key, etag].join('\0')).digest('hex');
  return `${stepFileName(step)}-${hash.slice(0, 12)}`;
}
